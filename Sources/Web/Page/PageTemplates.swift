import Mustache

// The page's texts. Three braces stand only around what this target drew or rendered itself.

/// The page and its sections as mustache has them.
struct PageTemplates: Sendable {
    private let page: MustacheTemplate
    private let overview: MustacheTemplate
    private let sets: MustacheTemplate
    private let pools: MustacheTemplate
    private let nodes: MustacheTemplate
    private let decisions: MustacheTemplate
    private let events: MustacheTemplate

    /// Throws when a template is wrong, which a test finds.
    init() throws {
        func template(_ text: String) throws -> MustacheTemplate {
            try MustacheTemplate(string: HTMLText.pragma + text)
        }
        page = try template(Self.pageText)
        overview = try template(Self.overviewText)
        sets = try template(Self.setsText)
        pools = try template(Self.poolsText)
        nodes = try template(Self.nodesText)
        decisions = try template(Self.decisionsText)
        events = try template(Self.eventsText)
    }

    func render(_ frame: PageFrame) -> String { page.render(frame) }
    func render(_ model: OverviewModel) -> String { overview.render(model) }
    func render(_ model: SetsModel) -> String { sets.render(model) }
    func render(_ model: PoolsModel) -> String { pools.render(model) }
    func render(_ model: NodesModel) -> String { nodes.render(model) }
    func render(_ model: DecisionsModel) -> String { decisions.render(model) }
    func render(_ model: EventsModel) -> String { events.render(model) }

    private static let pageText = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>{{title}}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <link rel="icon" type="image/svg+xml" href="icon.svg">
        <style>{{{style}}}</style>
        </head>
        <body>
        <a class="skip" href="#main">Skip to the fleet</a>
        <header>
        <h1>Reeve</h1>
        <p id="live" class="live" hidden></p>
        </header>
        <main id="main" tabindex="-1">
        <div id="overview">{{{overview}}}</div>
        <p id="announcement" class="unseen" role="status" aria-live="polite"></p>
        <section aria-labelledby="sets-title"{{^hasSets}} hidden{{/hasSets}}>
        <h2 id="sets-title">Sets</h2>
        <div class="scroll" tabindex="0" role="region" aria-labelledby="sets-title"><div id="sets">{{{sets}}}</div></div>
        </section>
        <section aria-labelledby="pools-title">
        <h2 id="pools-title">Pools</h2>
        <div class="scroll" tabindex="0" role="region" aria-labelledby="pools-title"><div id="pools">{{{pools}}}</div></div>
        </section>
        <section aria-labelledby="nodes-title">
        <h2 id="nodes-title">Nodes{{#filter}} of {{filter}}{{/filter}}</h2>
        <form method="get" action="#nodes-title">
        <label for="pool">Pool</label>
        <select id="pool" name="pool"><option value="">all pools</option>
        {{#choices}}<option value="{{value}}"{{#isChosen}} selected{{/isChosen}}>{{value}}</option>
        {{/choices}}</select>
        <button type="submit">Show</button>
        </form>
        <div class="scroll" tabindex="0" role="region" aria-labelledby="nodes-title"><div id="nodes">{{{nodes}}}</div></div>
        </section>
        <section aria-labelledby="decisions-title">
        <h2 id="decisions-title">Scaling decisions</h2>
        <div class="scroll" tabindex="0" role="region" aria-labelledby="decisions-title">\
        <div id="decisions">{{{decisions}}}</div></div>
        </section>
        <section aria-labelledby="events-title">
        <h2 id="events-title">Events</h2>
        <div class="scroll" tabindex="0" role="region" aria-labelledby="events-title"><div id="events">{{{events}}}</div></div>
        </section>
        </main>
        <footer>
        <p>Reeve {{version}}. Times are UTC. What programs read: <a href="metrics">metrics</a>.</p>
        </footer>
        <script>{{{script}}}</script>
        </body>
        </html>

        """

    private static let overviewText = """
        {{#fault}}<p class="fault" role="alert">{{fault}}</p>
        {{/fault}}{{#at}}<p class="summary"><strong id="summary">{{summary}}</strong> \
        <span class="quiet">As of <time>{{at}}</time>.</span></p>
        <dl class="cells">
        {{#cells}}<div class="cell {{tone}}"><dt>{{label}}</dt><dd class="value">{{value}}</dd>\
        <dd class="quiet">{{note}}</dd></div>
        {{/cells}}</dl>
        {{/at}}
        """

    private static let badgeText = """
        <li><span class="badge {{tone}}">{{text}}</span>{{#reason}} <span class="reason">{{reason}}</span>{{/reason}}\
        {{#message}} <span class="quiet"><bdi>{{message}}</bdi></span>{{/message}}</li>
        """

    private static let contentText = """
        {{#commit}}<span class="commit"><bdi>{{commit}}</bdi></span>{{/commit}}\
        <span class="id">{{digest}}</span><time class="quiet" datetime="{{instant}}">{{age}}</time>
        """

    private static let setsText = """
        {{#isShown}}<table>
        <caption class="unseen">What directories declare, problems first</caption>
        <thead><tr><th scope="col">Set</th><th scope="col">Condition</th><th scope="col">Resources</th>\
        <th scope="col">Tried last</th><th scope="col">Applied last</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row"><bdi>{{name}}</bdi><span class="id">{{directory}}</span></th>\
        <td><ul class="badges">{{#badges}}\(badgeText){{/badges}}</ul>\
        {{#approval}}<span class="wanted quiet">To delete exactly these:</span>\
        <code class="command"><bdi>{{approval}}</bdi></code>{{/approval}}</td>\
        <td>{{resources}}{{#further}}<span class="wanted quiet">{{further}}</span>{{/further}}</td>\
        <td>{{#attempted}}\(contentText){{/attempted}}{{^attempted}}–{{/attempted}}\
        {{#next}}<span class="wanted quiet">{{next}}</span>{{/next}}</td>\
        <td>{{#applied}}\(contentText){{/applied}}{{^applied}}never{{/applied}}</td></tr>
        {{/rows}}</tbody>
        </table>
        {{#cut}}<p class="quiet">{{cut}}</p>{{/cut}}{{/isShown}}
        """

    private static let poolsText = """
        <table>
        <caption class="unseen">Pools, problems first</caption>
        <thead><tr><th scope="col">Pool</th><th scope="col">Condition</th><th scope="col">Nodes</th>\
        <th scope="col" class="number">CPU</th><th scope="col">Last hour</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row"><a href="{{link}}" data-key="pool {{id}}"><bdi>{{name}}</bdi></a>\
        <span class="id">{{id}}</span></th>\
        <td><ul class="badges">{{#badges}}\(badgeText){{/badges}}</ul></td>\
        <td>{{{shares}}}<span class="quiet">{{counts}}</span>\
        {{#wanted}}<span class="wanted quiet">{{wanted}}</span>{{/wanted}}</td>\
        <td class="number">{{cpu}}</td><td>{{{sparkline}}}</td></tr>
        {{/rows}}{{^rows}}<tr><td colspan="5" class="quiet">There are no pools.</td></tr>{{/rows}}
        </tbody>
        </table>
        {{#cut}}<p class="quiet">{{cut}}</p>{{/cut}}
        """

    private static let nodesText = """
        {{#cut}}<p class="quiet">{{cut}}</p>{{/cut}}
        <table>
        <caption class="unseen">Nodes, problems first</caption>
        <thead><tr><th scope="col">Node</th><th scope="col">Pool</th><th scope="col">Status</th>\
        <th scope="col">Condition</th><th scope="col" class="number">CPU</th><th scope="col" class="number">Memory</th>\
        <th scope="col">Heartbeat</th></tr></thead>
        <tbody>
        {{#rows}}<tr><th scope="row"><bdi>{{name}}</bdi><span class="id">{{id}}</span></th>\
        <td>{{#pool}}<a href="{{poolLink}}" data-key="of {{id}}">{{pool}}</a>{{/pool}}{{^pool}}–{{/pool}}</td>\
        <td>{{#state}}<span class="badge {{tone}}">{{text}}</span>{{/state}}</td>\
        <td><ul class="badges">{{#badges}}\(badgeText){{/badges}}</ul></td>\
        <td class="number">{{cpu}}</td><td class="number">{{memory}}</td><td>{{heartbeat}}</td></tr>
        {{/rows}}{{^rows}}<tr><td colspan="7" class="quiet">{{empty}}</td></tr>{{/rows}}
        </tbody>
        </table>
        """

    private static let decisionsText = """
        <table>
        <caption class="unseen">What the scaler decided last, newest first</caption>
        <thead><tr><th scope="col">Time</th><th scope="col">Pool</th><th scope="col" class="number">Nodes in use</th>\
        <th scope="col">Reason</th><th scope="col">Who</th></tr></thead>
        <tbody>
        {{#rows}}<tr><td><time datetime="{{instant}}">{{time}}</time></td>\
        <th scope="row"><a href="{{link}}" data-key="decision {{instant}} {{pool}}">{{pool}}</a></th>\
        <td class="number">{{change}}</td>\
        <td><span class="reason">{{reason}}</span> <span class="quiet">{{sentence}}</span></td>\
        <td>{{#moves}}<bdi>{{moves}}</bdi>{{/moves}}{{^moves}}–{{/moves}}</td></tr>
        {{/rows}}{{^rows}}<tr><td colspan="5" class="quiet">No pool has been scaled yet.</td></tr>{{/rows}}
        </tbody>
        </table>
        """

    private static let eventsText = """
        <table>
        <caption class="unseen">What happened last, newest first</caption>
        <thead><tr><th scope="col">Time</th><th scope="col">Type</th><th scope="col">Object</th>\
        <th scope="col">Reason</th><th scope="col">Message</th></tr></thead>
        <tbody>
        {{#rows}}<tr><td><time datetime="{{instant}}">{{time}}</time></td>\
        <td>{{#type}}<span class="badge {{tone}}">{{text}}</span>{{/type}}</td>\
        <th scope="row"><bdi>{{object}}</bdi></th><td>{{reason}}</td><td><bdi>{{message}}</bdi></td></tr>
        {{/rows}}{{^rows}}<tr><td colspan="5" class="quiet">Nothing has happened yet.</td></tr>{{/rows}}
        </tbody>
        </table>
        """
}
