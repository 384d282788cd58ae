"""Kokoro's voices: which of them train, which one is validated on, and which are kept for the figures."""

NATIVE = ("zf_xiaobei", "zf_xiaoyi", "zm_yunxi", "zm_yunjian")
"""Spoken alone and mixed with each other."""
CHECKING = "zm_yunyang"
"""Heard in validation only, never mixed."""
FOREIGN = (
    *(
        "af_heart",
        "af_bella",
        "af_nicole",
        "af_kore",
        "am_michael",
        "am_fenrir",
        "am_puck",
        "am_onyx",
        "bf_emma",
    ),
    *(
        "bm_george",
        "bm_fable",
        "ef_dora",
        "em_alex",
        "ff_siwis",
        "hf_alpha",
        "hm_omega",
        "if_sara",
        "im_nicola",
    ),
    *("jf_gongitsune", "jf_nezumi", "pf_dora", "pm_alex"),
)
"""Mixed in by at most two fifths: more of them turns into an accent that few callers have."""
NEVER = ("zf_xiaoxiao", "zm_yunxia", "jf_tebukuro", "jm_kumo")
"""Kept for the reported figures."""
