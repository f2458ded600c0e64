/// Documents as people write them, and the corners of the syntax: what mutations start from.
enum Corpus {
    static let documents: [String] = [
        pool, node, inline, anchors, scalars, comments, several, keys, nested, tagged, directives, crlf,
        // One of each emptiness.
        "", "---\n", "# only a comment\n", "{}\n", "[]\n", "''\n", "--- |\n", "---\n---\n...\n",
    ]

    private static let pool = """
        apiVersion: reeve/v1
        kind: NodePool
        metadata:
          name: render-eu
          labels: {team: render}
        spec:
          max_nodes: 40
          auto_scaling: true
          scaling_policy: {scale_up_threshold: 80, min_nodes: 2, cooldown_minutes: 5}
          pricing: {cost_per_hour: "0.12", currency: USDT}
        lifecycle:
          suspend: {reason: "migration", by: 'ops', until: 2026-12-01T00:00:00Z}
          depends_on: [NodePool/pool_render-eu]

        """

    private static let node = """
        ---
        kind: Node
        metadata: {name: worker-1, id: node_worker-1}
        spec:
          pool_id: pool_render-eu
          hardware:
            memory: 64GiB
            gpus:
            - model: "RTX 4090"
              count: 2
            - {model: A100, count: 1}
          window: {start: "02:00", zone: Europe/Berlin}
          tags: [no, 1.10, 012, 2024-01-01, ~, null]

        """

    private static let inline = """
        {"kind": "Node", "spec": {"limits": [1, 2.5, -3], "empty": {}, "none": [], "text": "a\\tb\\u00e9"}}

        """

    private static let anchors = """
        defaults: &d {a: 1, b: &b [x, y], c: no}
        one:
          <<: *d
          a: 2
        two:
          <<: [*d, {z: 26, a: 9}]
          list: *b
        &k key: *k
        other: &o name
        *o : by an alias

        """

    private static let scalars = """
        plain: a b  c
        folded plain: one
          two

          three
        single: 'it''s'
        double: "a\\nb \\"c\\" \\x41 \\
          joined"
        literal: |
          line one
            line two

          line three
        stripped: |-
          text
        kept: |+
          text

        folded: >
          one
          two

          three
        unicode: grüße 日本 😀

        """

    private static let comments = """
        # first
        a: 1 # behind
        # between
        b:
          # inside
          - x
          # and
          - y#z
        c: 'a # b'

        """

    private static let several = """
        %YAML 1.1
        ---
        a: 1
        ...
        ---
        # nothing
        ---
        - b
        --- text
        --- {c: d}

        """

    private static let keys = """
        ? long key
        : value
        ? plain
        "quoted": 1
        'single': 2
        -dash: 3
        :colon: 4
        ?mark: 5
        ?
        : empty

        """

    private static let nested = """
        - - - a
            - b
          - {c: [d, {e: f}]}
        -
          - g
        - h:
            i:
              j: k
            l: m

        """

    private static let tagged = """
        a: !!str 12
        b: !!int "7"
        c: !!map {d: !!null ''}
        e: !!seq [!!float 1, !!bool yes]
        f: ! x

        """

    private static let directives = """
        %TAG !c! tag:yaml.org,2002:
        ---
        a: !c!str no
        b: !<tag:yaml.org,2002:int> 5

        """

    private static let crlf = "a: 1\r\nb:\r\n  - c\r\n  - |\r\n    text\r\n    more\r\n"
}
