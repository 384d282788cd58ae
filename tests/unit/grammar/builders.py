"""Small grammar sets for tests: the least that compiles, with one thing changed."""

from __future__ import annotations

LEAST = {
    "intents/a.yaml": 'intents:\n  logistics.track:\n    data:\n      - sentences: ["快递到哪[了]"]\n',
    "acts.yaml": 'acts:\n  affirm:\n    whole: ["(对|好的)"]\n',
    "lexicon.yaml": "products:\n  - {name: 羽绒服, says: [羽绒衣]}\ncarriers:\n  - {code: SF, name: 顺丰}\n",
    "answers.yaml": 'answers:\n  yes_no:\n    "yes": [对]\n    "no": [不]\n',
    "states.yaml": "states:\n  open: {kind: free}\n  confirm: {kind: closed, answers: yes_no}\n",
}


def a_set(**files: str) -> dict[str, str]:
    """The least set with files replaced or added; `intents_a` names intents/a.yaml."""
    changed = {name.replace("__", "/") + ".yaml": text for name, text in files.items()}
    return {**LEAST, **changed}
