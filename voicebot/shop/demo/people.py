"""Names, cities and streets for made-up people."""

SURNAMES = tuple("赵钱孙李周吴郑王冯陈卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜")
GIVEN_NAMES_MEN = ("子安", "明远", "志成", "浩然", "立群", "建平", "思齐", "文博", "一鸣", "长青")
GIVEN_NAMES_WOMEN = ("雨桐", "若兰", "静怡", "晓月", "思琪", "佳宁", "秋云", "书瑶", "梦洁", "海燕")
CITIES = (
    "杭州", "上海", "北京", "广州", "深圳", "成都", "武汉", "南京", "西安", "重庆", "苏州", "长沙",
)  # fmt: skip
WAREHOUSES = ("嘉兴", "东莞", "郑州")
STREETS = ("和风路", "云锦街", "青石巷", "望江路", "松涛街", "明月路")
PHONE_PREFIXES = ("135", "136", "137", "139", "150", "151", "158", "159", "186", "188")
"""138 belongs to the callers with a fixed part."""


def full_address(city: str, street: str, house: int, room: int) -> str:
    return f"{city}市{street}{house}号{room}室"
