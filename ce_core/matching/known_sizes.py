"""Numbers of classes that people have, the commonest first, and batch sizes."""

from __future__ import annotations

SIZES: dict[int, str] = {
    2: "two classes",
    10: "MNIST, CIFAR-10",
    1000: "ImageNet",
    100: "CIFAR-100",
    3: "NLI",
    50257: "GPT-2's vocabulary",
    32000: "Llama 2's vocabulary",
    30522: "BERT's vocabulary",
    5: "five classes",
    4: "AG News",
    20: "Pascal VOC, 20 Newsgroups",
    21: "Pascal VOC with background",
    80: "COCO",
    128256: "Llama 3's vocabulary",
    151936: "Qwen 2's vocabulary",
    50304: "GPT-2's vocabulary, padded",
    50265: "RoBERTa's vocabulary",
    32128: "T5's vocabulary, padded",
    32100: "T5's vocabulary",
    28996: "BERT's cased vocabulary",
    21841: "ImageNet-22k",
    19: "Cityscapes",
    150: "ADE20K",
    200: "Tiny ImageNet",
    101: "Food-101, UCF-101",
    102: "Oxford Flowers",
    6: "six classes",
    7: "seven classes",
    8: "eight classes",
    9: "nine classes",
    14: "DBpedia",
    26: "letters",
    47: "balanced EMNIST",
    62: "letters and digits",
    81: "COCO with background",
    91: "COCO's category numbers",
    256: "bytes",
    365: "Places365",
    400: "Kinetics-400",
    512: "a codebook",
    1001: "ImageNet with background",
    1024: "a codebook",
    8192: "a codebook",
    49408: "CLIP's vocabulary",
    51865: "Whisper's vocabulary",
    65536: "16-bit values",
    100277: "cl100k's vocabulary",
    119547: "multilingual BERT's vocabulary",
    129280: "DeepSeek-V3's vocabulary",
}
"""For each usual number of classes who has it, by how often it is met."""

MOST = 200_000
"""No whole number of classes beyond this is tried, unless it is said."""

BATCHES = (32, 64, 128, 256, 16, 512, 1024, 8, 2048, 4096, 100)
"""Usual batch sizes, the commonest first."""


def named(classes: int) -> str:
    """Return a number of classes with who has it.

    >>> named(10), named(11)
    ('10 classes (MNIST, CIFAR-10)', '11 classes')
    """
    who = SIZES.get(classes)
    return f"{classes:,} classes" + (f" ({who})" if who and "classes" not in who else "")


def place(classes: int) -> int:
    """Return how far down the list of usual numbers of classes one is; those that are not on it come last.

    >>> place(2), place(10), place(11) == len(SIZES)
    (0, 1, True)
    """
    return _PLACES.get(classes, len(SIZES))


_PLACES = {size: at for at, size in enumerate(SIZES)}
