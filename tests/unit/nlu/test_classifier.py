"""The classifier: the same bundle gives the same one, and it says when it does not know."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from voicebot.grammar.bundle import Bundle
from voicebot.nlu.classifier import Classifier, Trained, tokens
from voicebot.nlu.classifier_training import fit, train
from voicebot.ops.classifier_files import is_trained, load_classifier, path_of, save, train_and_save
from voicebot.ops.errors import UserFacingError
from voicebot.settings import Settings, load_settings

SMALL = {
    "intents/a.yaml": (
        "intents:\n"
        "  logistics.track:\n    data:\n"
        '      - sentences: ["(快递|包裹)[{gap}]到(哪|哪里)了", "(查|看)(快递|物流)"]\n'
        "  refund.apply:\n    data:\n"
        '      - sentences: ["(我要|我想)(退款|退货|退钱)", "{product}不想要了"]\n'
    ),
    "acts.yaml": 'acts:\n  affirm:\n    whole: ["(对|好的)"]\n',
    "lexicon.yaml": "products:\n  - {name: 羽绒服}\n  - {name: 鞋子}\n",
    "answers.yaml": 'answers:\n  yes_no:\n    "yes": [对]\n    "no": [不]\n',
    "states.yaml": "states:\n  open: {kind: free}\n",
    "examples/oos.yaml": "examples:\n  oos: [今天天气怎么样, 讲个笑话, 放首歌听, 明天会下雨吗, 你几岁了]\n",
}


@pytest.fixture(scope="module")
def small() -> Bundle:
    bundle, diagnostics = Bundle.from_sources(SMALL)
    assert bundle is not None, diagnostics
    return bundle


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(models_dir=tmp_path)


def test_training_twice_gives_the_same_weights(small: Bundle) -> None:
    one, other = train(small), train(small)
    assert one.temperature == other.temperature
    assert np.array_equal(one.weights, other.weights)


def test_prediction_without_scikit_learn_gives_its_scores() -> None:
    texts = ["我要退款", "我想退货", "快递到哪了", "包裹到哪里了", "讲个笑话", "放首歌听"] * 2
    features = [tokens(text) for text in texts]
    vectorizer, model = fit(features, ["refund", "refund", "track", "track", "oos", "oos"] * 2)
    ours = Trained(
        terms={term: int(column) for term, column in vectorizer.vocabulary_.items()},
        idf=vectorizer.idf_.astype(np.float32),
        weights=np.ascontiguousarray(model.coef_.T, dtype=np.float32),
        intercept=model.intercept_.astype(np.float32),
        labels=tuple(model.classes_),
        temperature=1.0,
        training_hash="",
        sentences=len(texts),
        held_out_accuracy=1.0,
    )
    for text in (*texts, "我的快递快递呢", "完全不同的话"):
        theirs = model.decision_function(vectorizer.transform([tokens(text)]))[0]
        assert ours.scores(tokens(text)) == pytest.approx(theirs, abs=1e-4)


def test_it_tells_intents_apart_and_probabilities_add_up(small: Bundle) -> None:
    ranked = Classifier(train(small)).predict("帮我查一下快递到哪里了")
    assert ranked[0][0] == "logistics.track"
    assert sum(chance for _, chance in ranked) == pytest.approx(1.0)


def test_sounds_alike_share_their_features() -> None:
    shared = set(tokens("人工客服").split()) & set(tokens("仁工克服").split())
    assert {"p:len_gon_ke", "p:gon_ke_hu"} <= shared


def test_a_saved_classifier_predicts_as_before(small: Bundle, settings: Settings) -> None:
    trained = train_and_save(small, settings.models_dir)
    loaded = load_classifier(small, settings)
    assert loaded.predict("我要退货") == Classifier(trained).predict("我要退货")
    assert is_trained(small, settings.models_dir)


def test_a_missing_classifier_names_the_remedy(small: Bundle, settings: Settings) -> None:
    with pytest.raises(UserFacingError) as caught:
        load_classifier(small, settings)
    assert "voicebot train" in caught.value.hint
    assert not is_trained(small, settings.models_dir)


def test_a_changed_classifier_is_never_used(small: Bundle, settings: Settings) -> None:
    save(train(small), path_of(settings.models_dir, small))
    path = path_of(settings.models_dir, small)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(UserFacingError, match="does not match"):
        load_classifier(small, settings)
    assert not is_trained(small, settings.models_dir)


def test_a_damaged_seal_names_the_remedy(small: Bundle, settings: Settings) -> None:
    path = path_of(settings.models_dir, small)
    save(train(small), path)
    path.with_suffix(".json").write_text("{", encoding="utf-8")
    with pytest.raises(UserFacingError, match="damaged"):
        load_classifier(small, settings)
    path.with_suffix(".json").write_text(json.dumps({"sha256": 3}), encoding="utf-8")
    with pytest.raises(UserFacingError, match="damaged"):
        load_classifier(small, settings)


def test_only_what_teaches_asks_for_new_training(small: Bundle) -> None:
    reworded, _ = Bundle.from_sources({**SMALL, "wordings.yaml": "greeting: 您好\n"})
    retaught, _ = Bundle.from_sources({**SMALL, "examples/oos.yaml": "examples:\n  oos: [今天星期几]\n"})
    assert reworded is not None
    assert retaught is not None
    assert reworded.training_hash == small.training_hash
    assert reworded.hash != small.hash
    assert retaught.training_hash != small.training_hash


@pytest.mark.parametrize(
    "said", ["帮我订一张机票去三亚", "给我来首歌曲吧", "你今年多大年纪", "帮我叫辆出租车到机场"]
)
def test_what_lies_outside_the_hotline_is_out_of_scope(classifier: Classifier, said: str) -> None:
    assert classifier.predict(said)[0][0] == "oos"
