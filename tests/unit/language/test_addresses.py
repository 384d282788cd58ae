"""Numbers inside addresses."""

import pytest

from voicebot.language.addresses import address_numerals


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("建设路十八号", "建设路18号"),
        ("建设路十八号三号楼一单元五零二", "建设路18号3号楼1单元502"),
        ("幸福小区三栋二单元幺零二室", "幸福小区3栋2单元102室"),
        ("五一路八号院", "五一路8号院"),
        ("三元桥八一大道", "三元桥八一大道"),
        ("十二栋五零三", "12栋503"),
        ("建设路18号", "建设路18号"),
        ("一百二十弄五号", "120弄5号"),
    ],
)
def test_house_numbers_become_digits_and_names_stay(said: str, written: str) -> None:
    assert address_numerals(said) == written
