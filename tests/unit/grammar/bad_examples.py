"""One bad set of files for every diagnostic: path → text, to be laid over the least set that compiles."""

from __future__ import annotations

BAD: dict[str, dict[str, str]] = {
    "bad-state": {"states.yaml": "states:\n  open: {kind: digits}\n"},
    "bad-weight": {"feelings.yaml": "frustration:\n  heavy: [烦]\n"},
    "duplicate-answer": {"answers.yaml": 'answers:\n  yes_no:\n    "yes": [嗯]\n    "no": [嗯]\n'},
    "duplicate-rule": {
        "intents/b.yaml": 'expansion_rules: {x: "一"}\n',
        "intents/c.yaml": 'expansion_rules: {x: "二"}\n',
    },
    "duplicate-word": {
        "lexicon.yaml": "products:\n  - {name: 外套, says: [夹克]}\n  - {name: 皮衣, says: [夹克]}\n"
    },
    "file-not-utf8": {"lexicon.yaml": "cities: [�]\n"},
    "file-too-large": {"lexicon.yaml": "#" * 512_001},
    "missing-file": {"states.yaml": ""},  # an empty text stands for an absent file
    "recursive-rule": {
        "intents/b.yaml": 'expansion_rules: {x: "一<x>"}\nintents:\n  faq:\n    data:\n      - sentences: ["<x>"]\n'  # noqa: E501
    },
    "template-empty": {"acts.yaml": 'acts:\n  affirm: {whole: ["[对]"]}\n'},
    "template-syntax": {"acts.yaml": 'acts:\n  affirm: {whole: ["(对|好"]}\n'},
    "template-too-wide": {
        "intents/a.yaml": 'intents:\n  faq:\n    data:\n      - sentences: ["(一|二|三|四|五|六|七|八|九|十)(一|二|三|四|五|六|七|八|九|十)(一|二|三|四|五|六|七|八|九|十)(一|二|三|四|五|六|七|八|九|十)(一|二|三|四|五|六|七|八|九|十)(一|二|三|四|五|六|七|八|九|十)(一|二|三|四|五|六|七|八|九|十)(一|二|三|四|五|六|七|八|九|十)"]\n'  # noqa: E501
    },
    "too-many-files": {f"examples/{number}.yaml": "examples: {}\n" for number in range(301)},
    "unknown-act": {"acts.yaml": "acts:\n  agree: {whole: [对]}\n"},
    "unknown-answers": {"states.yaml": "states:\n  open: {answers: colours}\n"},
    "unknown-carrier": {"lexicon.yaml": "carriers:\n  - {code: DHL, name: 敦豪}\n"},
    "unknown-intent": {"intents/a.yaml": "intents:\n  logistic.track: {data: []}\n"},
    "unknown-key": {"states.yaml": "states:\n  open: {kid: free}\n"},
    "unknown-list": {"acts.yaml": 'acts:\n  affirm: {whole: ["对{what}"]}\n'},
    "unknown-rule": {"acts.yaml": 'acts:\n  affirm: {whole: ["<yes>"]}\n'},
    "wrong-shape": {"acts.yaml": "acts: [affirm]\n"},
    "yaml-alias": {"lexicon.yaml": "cities: &c [杭州]\nproducts: *c\n"},
    "yaml-bare-zero": {"lexicon.yaml": "cities: [012]\n"},
    "yaml-duplicate-key": {"states.yaml": "states:\n  open: {kind: free}\n  open: {kind: free}\n"},
    "yaml-key": {"acts.yaml": "acts:\n  ? [a, b]\n  : {}\n"},
    "yaml-syntax": {"intents/a.yaml": "intents: ["},
    "yaml-tab": {"acts.yaml": "acts:\n\taffirm: {}\n"},
}
