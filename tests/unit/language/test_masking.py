"""Personal data does not reach logs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.language.masking import mask_address, mask_name, mask_order_no, mask_phone, mask_text
from voicebot.language.numbers import say_digits


def test_single_values_are_masked() -> None:
    assert mask_phone("13800001234") == "138****1234"
    assert mask_phone("138 0000 1234") == "138****1234"
    assert mask_phone("12345") == "****"
    assert mask_order_no("20261120001") == "****0001"
    assert mask_order_no("1234") == "****"
    assert mask_name("王小明") == "王**"
    assert mask_name("王") == "*"
    assert mask_address("江苏省南京市鼓楼区建设路18号") == "江苏省南京市鼓楼区****"
    assert mask_address("建设路18号") == "****"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我叫王小明，电话13800001234", "我叫王**，电话138****1234"),
        ("电话是幺三八零零零零一二三四", "电话是138****1234"),
        ("订单号202611200012", "订单号****0012"),
        ("单号SF1234567890123到哪了", "单号****0123到哪了"),
        ("验证码是1234", "验证码是****"),
        ("验证码幺二三四五六", "验证码****"),
        ("住在建设路18号3号楼1单元502", "****"),
        ("邮箱是a.b@example.com", "邮箱是****"),
        ("税号91350100M000100Y43", "税号****0Y43"),
        ("打+86 138-0000-1234", "打138****1234"),
    ],
)
def test_personal_data_in_free_text_is_hidden(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "尾号1234，花了1299.50元",
        "我买了12999元的手机",
        "我等一下",
        "这条路走不通啊",
        "十一月三号下午三点",
        "",
    ],
)
def test_what_is_not_personal_stays(text: str) -> None:
    assert mask_text(text) == text


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["我的电话是{}谢谢", "{}", "打{}，快点"]),
)
def test_no_telephone_number_survives(phone: str, sentence: str) -> None:
    for said in (phone, say_digits(phone), say_digits(phone, (3, 4, 4), telephone=True)):
        masked = mask_text(sentence.format(said))
        assert said not in masked
        assert phone[3:7] not in masked.replace(phone[:3] + "****" + phone[-4:], "")
        assert "****" in masked


@given(st.text(max_size=80))
def test_masking_takes_any_text(text: str) -> None:
    assert isinstance(mask_text(text), str)
