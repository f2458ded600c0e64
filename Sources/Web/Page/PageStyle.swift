/// The page's style sheet. It stands in the page itself, and the page's policy names its SHA-256.
enum PageStyle {
    static let text = """
        :root{color-scheme:light dark;--ground:#f6f7f9;--sheet:#fff;--ink:#1b2430;--soft:#566173;--rule:#dde2e9;\
        --link:#0b57b8;--good:#14683a;--good-ground:#dff3e6;--warn:#7a4a00;--warn-ground:#fdeccb;--bad:#a01722;\
        --bad-ground:#fde2e2;--calm:#3d4a5c;--calm-ground:#e8ecf1;--active:#2f9e5f;--inactive:#9aa5b4;\
        --maintenance:#d9a02b;--error:#d13b46}
        @media (prefers-color-scheme:dark){:root{--ground:#11151b;--sheet:#1a2029;--ink:#e6eaf0;--soft:#a3aebd;\
        --rule:#303946;--link:#8ab8ff;--good:#8fe0b0;--good-ground:#16382a;--warn:#f5cd84;--warn-ground:#3d2e10;\
        --bad:#ffb0b3;--bad-ground:#4a1b20;--calm:#c5cedb;--calm-ground:#2b3441;--active:#3fb673;--inactive:#6b7686;\
        --maintenance:#d9a02b;--error:#e5535d}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
        header,main,footer{max-width:78rem;margin:0 auto;padding:0 1.25rem}
        header{display:flex;align-items:baseline;gap:1rem;flex-wrap:wrap;padding-top:1.25rem}
        h1{font-size:1.5rem;margin:0;letter-spacing:-.01em}
        h2{font-size:1.1rem;margin:0}
        a{color:var(--link)}
        :focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
        main:focus{outline:none}
        .skip{position:absolute;left:-100rem;background:var(--sheet);padding:.5rem 1rem}
        .skip:focus{left:1rem;top:.5rem;z-index:2}
        .unseen{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        .quiet,.id,.live{color:var(--soft);font-size:.87rem}
        .live{margin:0}
        .live::before{content:"";display:inline-block;width:.6em;height:.6em;border-radius:50%;margin-right:.45em;\
        background:var(--inactive)}
        .live.on::before{background:var(--active)}
        .live.off::before{background:var(--error)}
        .summary{margin:.75rem 0}
        .fault{background:var(--bad-ground);color:var(--bad);border-radius:8px;padding:.7rem 1rem;margin:1rem 0}
        .cells{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;margin:0 0 1.5rem}
        .cell{background:var(--sheet);border:1px solid var(--rule);border-radius:10px;padding:.7rem .9rem;\
        border-left:4px solid var(--rule)}
        .cell.good{border-left-color:var(--active)}
        .cell.bad{border-left-color:var(--error)}
        .cell dt{color:var(--soft);font-size:.87rem}
        .cell dd{margin:0}
        .value{font-size:1.6rem;font-weight:600;line-height:1.2;font-variant-numeric:tabular-nums}
        section{background:var(--sheet);border:1px solid var(--rule);border-radius:10px;margin:0 0 1.5rem;padding:1rem 0 .4rem}
        section>h2,section>form,section .scroll p{margin:0 1rem .6rem}
        form{display:flex;gap:.6rem;align-items:center;flex-wrap:wrap}
        select,button{font:inherit;color:inherit;background:var(--ground);border:1px solid var(--soft);border-radius:6px;\
        padding:.25rem .6rem;min-height:2rem;max-width:100%}
        button{cursor:pointer}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;width:100%;text-align:left}
        th,td{padding:.5rem 1rem;vertical-align:top;border-top:1px solid var(--rule)}
        thead th{color:var(--soft);font-weight:500;font-size:.87rem;white-space:nowrap;border-top:0}
        tbody th{font-weight:600;overflow-wrap:anywhere;min-width:9rem}
        td{overflow-wrap:anywhere}
        td:nth-child(2){min-width:8.5rem}
        .id{display:block;font-weight:400;font-family:ui-monospace,monospace;font-size:.8rem}
        .wanted,.command{display:block}
        .command{font-size:.8rem;overflow-wrap:anywhere;user-select:all}
        .number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
        time{white-space:nowrap;font-variant-numeric:tabular-nums}
        .badges{list-style:none;margin:0;padding:0;display:grid;gap:.25rem;min-width:11rem}
        .badge{display:inline-block;border-radius:5px;padding:.05rem .5rem;font-size:.87rem;white-space:nowrap;\
        color:var(--calm);background:var(--calm-ground)}
        .badge.good{color:var(--good);background:var(--good-ground)}
        .badge.warn{color:var(--warn);background:var(--warn-ground)}
        .badge.bad{color:var(--bad);background:var(--bad-ground)}
        .reason{font-size:.87rem;font-weight:600}
        svg{display:block}
        .shares{border-radius:4px;margin:.35rem 0 .3rem}
        .active{fill:var(--active)}.inactive{fill:var(--inactive)}.maintenance{fill:var(--maintenance)}.error{fill:var(--error)}
        .spark .line{fill:none;stroke:var(--link);stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}
        .spark .dot{fill:var(--link)}
        footer{padding-bottom:2rem;color:var(--soft);font-size:.87rem}
        @media (max-width:40rem){th,td{padding:.45rem .6rem}header,main,footer{padding-left:.75rem;padding-right:.75rem}}
        @media (forced-colors:active){.badge{border:1px solid}}

        """

    /// A hall with a roof: the reeve's.
    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b57b8"/>\
        <path d="M6 15 16 7l10 8" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" \
        stroke-linejoin="round"/><path d="M10 17v8M16 17v8M22 17v8" stroke="#fff" stroke-width="3" \
        stroke-linecap="round"/></svg>

        """
}
