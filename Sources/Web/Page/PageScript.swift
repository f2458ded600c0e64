/// What makes the page live. It stands in the page itself, and the page's policy names its SHA-256; without it the page
/// is as it was when it was asked for.
enum PageScript {
    static let text = #"""
        "use strict";
        (() => {
          const sections = ["overview", "sets", "pools", "nodes", "decisions", "events"];
          const live = document.getElementById("live");
          const announcement = document.getElementById("announcement");
          const held = new Map();
          let source = null, retry = 0, announced = 0, waiting = 0;

          const say = (text, tone) => {
            live.hidden = false;
            live.className = "live " + tone;
            if (live.textContent !== text) live.textContent = text;
          };

          // A sentence for who hears the page, when it is another than the last, and no more than one in half a minute.
          const summary = () => document.getElementById("summary")?.textContent ?? "";
          let known = summary();
          const announce = () => {
            if (summary() === known || waiting) return;
            waiting = setTimeout(() => {
              waiting = 0;
              announced = Date.now();
              known = summary();
              announcement.textContent = known;
            }, Math.max(0, announced + 30000 - Date.now()));
          };

          // What somebody is selecting is not taken from under the pointer; what has the focus keeps it.
          const swap = (id, html) => {
            const place = document.getElementById(id);
            const selection = getSelection();
            if (selection && !selection.isCollapsed && selection.intersectsNode(place)) return held.set(id, html);
            held.delete(id);
            const focused = document.activeElement;
            const key = place.contains(focused) ? focused.dataset.key : undefined;
            place.innerHTML = html;
            if (id === "sets") place.closest("section").hidden = !html.trim();
            if (key !== undefined) {
              for (const link of place.querySelectorAll("[data-key]")) {
                if (link.dataset.key === key) link.focus({preventScroll: true});
              }
            }
            if (id === "overview") announce();
          };

          const connect = () => {
            clearTimeout(retry);
            source = new EventSource("live" + location.search);
            source.addEventListener("open", () => say("live", "on"));
            for (const id of sections) source.addEventListener(id, event => swap(id, event.data));
            source.addEventListener("error", () => {
              say("not live: trying again", "off");
              // A refusal ends the source for good; a lost connection it mends by itself.
              if (source.readyState === EventSource.CLOSED) retry = setTimeout(connect, 10000);
            });
          };

          document.addEventListener("selectionchange", () => {
            if (getSelection()?.isCollapsed) for (const [id, html] of [...held]) swap(id, html);
          });
          // Nobody looks at a hidden page: its place is left to others.
          document.addEventListener("visibilitychange", () => {
            clearTimeout(retry);
            source?.close();
            if (document.hidden) say("paused", ""); else connect();
          });
          if (!document.hidden) connect();
        })();
        """#
}
