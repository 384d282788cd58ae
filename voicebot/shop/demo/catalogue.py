"""What the demonstration shop sells: 8 categories, named as people say them. All of it is made up."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.storage.tables import ReturnClass

CLOTHES_COLORS = ("黑色", "白色", "藏青色", "米色", "酒红色")
CLOTHES_SIZES = ("S", "M", "L", "XL")
SHOE_SIZES = ("36码", "38码", "40码", "42码")
DEVICE_COLORS = ("黑色", "白色", "银色")


@dataclass(frozen=True, slots=True)
class Ware:
    """A product; ``fact`` is one thing worth saying about it."""

    name: str
    aliases: tuple[str, ...]
    category: str
    return_class: ReturnClass
    price_fen: int
    fact: tuple[str, str]
    colors: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()


def _clothes(
    name: str,
    aliases: str,
    yuan: int,
    material: str,
    return_class: ReturnClass = "standard",
    category: str = "clothing",
) -> Ware:
    colors = () if category == "custom_made" else CLOTHES_COLORS
    return Ware(
        name, _split(aliases), category, return_class, yuan * 100, ("材质", material), colors, CLOTHES_SIZES
    )


def _shoes(name: str, aliases: str, yuan: int, sole: str) -> Ware:
    return Ware(
        name, _split(aliases), "shoes", "standard", yuan * 100, ("鞋底", sole), CLOTHES_COLORS[:3], SHOE_SIZES
    )


def _device(name: str, aliases: str, yuan: int, fact: tuple[str, str], return_class: ReturnClass) -> Ware:
    return Ware(name, _split(aliases), "phones", return_class, yuan * 100, fact, DEVICE_COLORS)


def _appliance(name: str, aliases: str, yuan: int, fact: tuple[str, str]) -> Ware:
    return Ware(name, _split(aliases), "appliances", "standard", yuan * 100, fact, DEVICE_COLORS[:2])


def _plain(
    category: str, name: str, aliases: str, yuan: int, fact: tuple[str, str], return_class: ReturnClass
) -> Ware:
    return Ware(name, _split(aliases), category, return_class, yuan * 100, fact)


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


WARES: tuple[Ware, ...] = (
    _clothes("羽绒服", "外套 羽绒外套 羽绒衣", 189, "白鸭绒"),
    _clothes("风衣", "外套 长风衣", 269, "聚酯纤维"),
    _clothes("夹克", "外套 夹克衫", 229, "涤纶"),
    _clothes("衬衫", "衬衣", 99, "棉"),
    _clothes("T恤", "短袖 短袖T恤", 59, "棉"),
    _clothes("牛仔裤", "裤子 牛仔", 139, "牛仔布"),
    _clothes("连衣裙", "裙子", 179, "雪纺"),
    _clothes("毛衣", "羊毛衫 针织衫", 159, "羊毛"),
    _clothes("卫衣", "帽衫", 129, "棉"),
    _clothes("保暖内衣", "内衣 秋衣", 79, "莫代尔", "underwear"),
    _clothes("内裤", "短裤", 39, "棉", "underwear"),
    _shoes("运动鞋", "跑鞋 跑步鞋 球鞋", 159, "橡胶"),
    _shoes("皮鞋", "正装鞋", 259, "牛筋"),
    _shoes("帆布鞋", "布鞋", 89, "橡胶"),
    _shoes("雪地靴", "靴子 棉靴", 199, "防滑橡胶"),
    _shoes("凉鞋", "沙滩鞋", 79, "泡沫"),
    _shoes("拖鞋", "棉拖", 29, "泡沫"),
    _shoes("高跟鞋", "女鞋", 219, "橡胶"),
    _device("手机", "智能手机", 3299, ("内存", "二百五十六G"), "digital"),
    _device("平板电脑", "平板", 2399, ("屏幕", "十一英寸"), "digital"),
    _device("蓝牙耳机", "耳机 无线耳机", 199, ("续航", "三十小时"), "digital"),
    _device("智能手表", "手表", 699, ("续航", "十四天"), "digital"),
    _device("充电宝", "移动电源", 129, ("容量", "两万毫安时"), "standard"),
    _device("充电器", "充电头", 69, ("功率", "六十五瓦"), "standard"),
    _device("数据线", "充电线", 25, ("长度", "一米五"), "standard"),
    _device("手机壳", "保护壳 手机套", 35, ("材质", "硅胶"), "standard"),
    _device("手机膜", "钢化膜 贴膜", 19, ("材质", "钢化玻璃"), "standard"),
    _appliance("电饭煲", "电饭锅 煮饭锅", 399, ("容量", "四升")),
    _appliance("电热水壶", "热水壶 烧水壶", 119, ("容量", "一升七")),
    _appliance("吹风机", "电吹风", 169, ("功率", "一千八百瓦")),
    _appliance("扫地机器人", "扫地机 扫地机器", 2199, ("续航", "一百八十分钟")),
    _appliance("洗衣机", "滚筒洗衣机", 2899, ("容量", "十公斤")),
    _appliance("空气炸锅", "炸锅", 349, ("容量", "五升")),
    _appliance("加湿器", "空气加湿器", 149, ("容量", "四升")),
    _appliance("微波炉", "光波炉", 459, ("容量", "二十升")),
    _appliance("电风扇", "风扇 落地扇", 189, ("档位", "三档")),
    _appliance("台灯", "护眼灯", 139, ("色温", "三档可调")),
    _appliance("吸尘器", "手持吸尘器", 899, ("续航", "六十分钟")),
    _plain("food", "车厘子", "樱桃", 168, ("产地", "智利"), "fresh_food"),
    _plain("food", "苹果", "红富士", 59, ("产地", "烟台"), "fresh_food"),
    _plain("food", "牛排", "牛肉", 139, ("规格", "十片装"), "fresh_food"),
    _plain("food", "大闸蟹", "螃蟹", 288, ("规格", "八只装"), "fresh_food"),
    _plain("food", "坚果", "每日坚果 干果", 99, ("规格", "三十包"), "standard"),
    _plain("food", "茶叶", "绿茶 龙井", 128, ("产地", "杭州"), "standard"),
    _plain("food", "大米", "东北大米", 69, ("规格", "十公斤"), "standard"),
    _plain("food", "咖啡", "速溶咖啡", 89, ("规格", "一百条"), "standard"),
    _plain("food", "巧克力", "黑巧克力", 58, ("规格", "二十四块"), "standard"),
    _plain("books", "小说", "科幻小说", 39, ("页数", "四百页"), "standard"),
    _plain("books", "菜谱", "食谱", 45, ("页数", "二百页"), "standard"),
    _plain("books", "字典", "汉语字典", 29, ("页数", "七百页"), "standard"),
    _plain("books", "绘本", "儿童绘本 图画书", 88, ("规格", "十本一套"), "standard"),
    _plain("books", "历史书", "通史", 68, ("页数", "五百页"), "standard"),
    _plain("books", "练习册", "习题册", 32, ("页数", "一百六十页"), "standard"),
    _plain("custom_made", "相册", "定制相册 照片书", 128, ("工期", "五天"), "custom_made"),
    _plain("custom_made", "钢笔", "刻字钢笔", 158, ("工期", "三天"), "custom_made"),
    _plain("custom_made", "窗帘", "定制窗帘", 399, ("工期", "七天"), "custom_made"),
    _plain("custom_made", "水杯", "刻字水杯 保温杯", 99, ("工期", "三天"), "custom_made"),
    _plain("beauty", "面膜", "补水面膜", 89, ("规格", "二十片"), "cosmetics"),
    _plain("beauty", "口红", "唇膏", 169, ("色号", "正红"), "cosmetics"),
    _plain("beauty", "洗面奶", "洁面乳", 59, ("规格", "一百二十克"), "cosmetics"),
    _plain("beauty", "面霜", "保湿霜", 239, ("规格", "五十克"), "cosmetics"),
    _plain("beauty", "防晒霜", "防晒", 99, ("防晒指数", "五十"), "cosmetics"),
    _plain("beauty", "香水", "淡香水", 359, ("规格", "五十毫升"), "cosmetics"),
)
BY_NAME = {ware.name: ware for ware in WARES}
CATEGORIES = tuple(dict.fromkeys(ware.category for ware in WARES))


def product_no(ware: Ware) -> str:
    """Return the product's number; it stays as long as the list above is only added to."""
    return f"P{WARES.index(ware) + 1:04d}"
