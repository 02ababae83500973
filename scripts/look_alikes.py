#!/usr/bin/env python3
"""Makes crates/text/data/look_alikes.txt: which simplified characters are mistaken for which.

Run by hand when an input, the folding or look_alikes_by_hand.txt changed; neither the build nor a test needs it.
Made with Python 3.11, pillow 13.0.0, numpy 2.4.6 and Debian's fonts-noto-cjk 1:20220127+repack1-1 and
unicode-data 15.0.0-1:

    scripts/look_alikes.py --sans NotoSansCJK-Regular.ttc --serif NotoSerifCJK-Regular.ttc \\
        --unihan FOLDER --same-stroke same_stroke.txt --words dict.txt

FOLDER holds Unihan_DictionaryLikeData.txt.bz2 and Unihan_OtherMappings.txt.bz2; same_stroke.txt is that of the Python
package pycorrector 1.1.4, dict.txt that of the crate jieba-rs 0.11.0. NOTICE names origins, licences and checksums;
the script prints the checksums of what it was given. It takes about a minute and 2 GB of memory.

Two characters are as alike as this sum says:
- how alike they are when drawn, sans and serif, sharp and blurred (cosine of the grey values, less the mean);
- how alike their Cangjie codes are (edit distance), which name the parts of a character from top left to bottom right;
- whether Unihan's phonetic classes put a common part into both;
- whether same_stroke.txt lists them together;
- a little for how common the rarer one is: a rare character is seldom what was meant.
Pairs are taken from the most alike down while both still have room, so the lists are symmetric and none is longer than
LIMIT. The pairs made by hand come first of all.
"""

import argparse
import bz2
import collections
import hashlib
import itertools
import math
import pathlib

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

DATA = pathlib.Path(__file__).resolve().parent.parent / "crates/text/data"
LIMIT = 10
# Pairs below this are noise.
THRESHOLD = 0.50
# The neighbours of each character that are looked at when pairs are taken.
CANDIDATES = 40
# The first two levels of the table of standard characters (Unihan's kTGH); of the third, those that words hold.
STANDARD = 6500

DRAWN, CODE, PHONETIC, LISTED, COMMON, BY_HAND = 0.55, 0.35, 0.15, 0.20, 0.03, 10.0

# The simplified face in the font collections, the size of a drawing in pixels and its margin.
SIMPLIFIED_FACE, SIZE, MARGIN = 2, 64, 4
# Blur radius and cells a side of what is compared.
VIEWS = ((1.5, 36), (3.0, 18))
CODE_LENGTH = 5


def main():
    arguments = parse_arguments()
    folding = dict(line[:2] for line in (DATA / "simplified.txt").read_text("utf-8").splitlines())
    by_hand = pairs_of_groups(hand_made_groups(), folding)
    listed = pairs_of_groups(listed_groups(arguments.same_stroke), folding)
    standard = {c: int(value.split(":")[1]) for c, value in unihan(arguments, "OtherMappings", "kTGH")}
    frequency = frequencies(arguments.words, folding, standard)
    characters = sorted(known(standard, frequency, folding) | set(itertools.chain(*by_hand)))
    likeness = (
        DRAWN * drawn_likeness([arguments.sans, arguments.serif], characters)
        + CODE * code_likeness(unihan(arguments, "DictionaryLikeData", "kCangjie"), characters)
        + PHONETIC * phonetic_likeness(unihan(arguments, "DictionaryLikeData", "kPhonetic"), characters)
        + COMMON * commonness(frequency, characters)
    )
    add_pairs(likeness, characters, listed, LISTED)
    add_pairs(likeness, characters, by_hand, BY_HAND)
    write(characters, take_pairs(likeness))
    print_checksums(arguments)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("sans", "serif", "unihan", "same-stroke", "words"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    return parser.parse_args()


def is_hanzi(c):
    return "\u3400" <= c <= "\u9fff"


def unihan(arguments, part, field):
    """Yields the characters that have `field` in a part of Unihan, with their values."""
    with bz2.open(unihan_file(arguments, part), "rt", encoding="utf-8") as lines:
        for line in lines:
            columns = line.rstrip("\n").split("\t")
            if len(columns) == 3 and columns[1] == field:
                yield chr(int(columns[0][2:], 16)), columns[2]


def unihan_file(arguments, part):
    return arguments.unihan / f"Unihan_{part}.txt.bz2"


def hand_made_groups():
    lines = (DATA / "look_alikes_by_hand.txt").read_text("utf-8").splitlines()
    return [list(group) for line in lines if not line.startswith("#") for group in line.split()]


def listed_groups(path):
    lines = path.read_text("utf-8").splitlines()
    return [line.split() for line in lines if not line.startswith("#")]


def pairs_of_groups(groups, folding):
    """Everyone in a group with everyone else in it, in normal form."""
    pairs = set()
    for group in groups:
        folded = sorted({folding.get(c, c) for c in group})
        pairs.update(itertools.combinations(folded, 2))
    return pairs


def frequencies(path, folding, standard):
    """How often each character occurs in words; words with a character beyond the standard are misreadings."""
    frequency = collections.Counter()
    for line in path.read_text("utf-8").splitlines():
        word, count = line.split()[:2]
        folded = [folding.get(c, c) for c in word]
        if len(folded) > 1 and all(c in standard for c in folded):
            for c in folded:
                frequency[c] += int(count)
    return frequency


def known(standard, frequency, folding):
    return {
        c
        for c, rank in standard.items()
        if is_hanzi(c) and c not in folding and (rank <= STANDARD or frequency[c] > 0)
    }


def drawn_likeness(fonts, characters):
    total = numpy.zeros((len(characters), len(characters)), numpy.float32)
    for path, (blur, cells) in itertools.product(fonts, VIEWS):
        font = ImageFont.truetype(path, SIZE, index=SIMPLIFIED_FACE)
        views = numpy.stack([draw(font, c, blur, cells) for c in characters])
        views -= views.mean(0)
        views /= numpy.maximum(numpy.linalg.norm(views, axis=1, keepdims=True), 1e-6)
        total += views @ views.T
    return total / (len(fonts) * len(VIEWS))


def draw(font, c, blur, cells):
    side = SIZE + 2 * MARGIN
    image = Image.new("L", (side, side), 0)
    # 0.88 of the height of a character lies above the base line.
    base_line = MARGIN + round(SIZE * 0.88)
    ImageDraw.Draw(image).text((MARGIN, base_line), c, fill=255, font=font, anchor="ls")
    image = image.filter(ImageFilter.GaussianBlur(blur)).resize((cells, cells), Image.Resampling.BOX)
    return numpy.asarray(image, numpy.float32).ravel()


def code_likeness(codes, characters):
    """One less the edit distance of two codes over the length of the longer; nothing where a code is missing."""
    first_code = {c: value.split()[0] for c, value in codes}
    letters = numpy.zeros((len(characters), CODE_LENGTH), numpy.int8)
    for row, c in enumerate(characters):
        for column, letter in enumerate(first_code.get(c, "")):
            letters[row, column] = ord(letter)
    lengths = (letters > 0).sum(1)
    likeness = numpy.zeros((len(characters), len(characters)), numpy.float32)
    for start in range(0, len(characters), 500):
        rows = slice(start, start + 500)
        longest = numpy.maximum(numpy.maximum(lengths[rows, None], lengths[None]), 1)
        likeness[rows] = 1 - edit_distances(letters[rows], lengths[rows], letters, lengths) / longest
    likeness[lengths == 0] = 0
    likeness[:, lengths == 0] = 0
    return likeness


def edit_distances(some, some_lengths, others, other_lengths):
    """The table of the usual algorithm, for all pairs at once."""
    shape = (CODE_LENGTH + 1, CODE_LENGTH + 1, len(some), len(others))
    table = numpy.zeros(shape, numpy.int8)
    for i, j in itertools.product(range(CODE_LENGTH + 1), repeat=2):
        if i == 0 or j == 0:
            table[i, j] = i + j
            continue
        differs = some[:, i - 1][:, None] != others[:, j - 1][None]
        shorter = numpy.minimum(table[i - 1, j], table[i, j - 1]) + 1
        table[i, j] = numpy.minimum(shorter, table[i - 1, j - 1] + differs)
    row, column = numpy.arange(len(some))[:, None], numpy.arange(len(others))[None]
    return table[some_lengths[:, None], other_lengths[None], row, column]


def phonetic_likeness(classes, characters):
    """1 for two characters of one phonetic class, else 0."""
    row_of = {c: row for row, c in enumerate(characters)}
    members = collections.defaultdict(list)
    for c, value in classes:
        if c in row_of:
            for number in value.split():
                # A star marks a character that is not in the dictionary the classes come from.
                members[number.strip("*")].append(row_of[c])
    likeness = numpy.zeros((len(characters), len(characters)), numpy.float32)
    for rows in members.values():
        likeness[numpy.ix_(rows, rows)] = 1
    return likeness


def commonness(frequency, characters):
    """The magnitude of the frequency of the rarer one."""
    magnitude = numpy.array([math.log10(frequency[c] + 10) for c in characters], numpy.float32)
    return numpy.minimum(magnitude[:, None], magnitude[None])


def add_pairs(likeness, characters, pairs, weight):
    row_of = {c: row for row, c in enumerate(characters)}
    for a, b in pairs:
        if a in row_of and b in row_of:
            likeness[row_of[a], row_of[b]] += weight
            likeness[row_of[b], row_of[a]] += weight


def take_pairs(likeness):
    """The look-alikes of each row, the most alike first."""
    numpy.fill_diagonal(likeness, -1)
    nearest = numpy.argpartition(-likeness, CANDIDATES, axis=1)[:, :CANDIDATES]
    candidates = {(min(a, b), max(a, b)) for a, row in enumerate(nearest.tolist()) for b in row}
    # Rounded, so that the order does not hang on how a machine adds.
    ordered = sorted((-round(float(likeness[pair]), 4), pair) for pair in candidates)
    taken = [[] for _ in likeness]
    for negative, (a, b) in ordered:
        if -negative < THRESHOLD:
            break
        if len(taken[a]) < LIMIT and len(taken[b]) < LIMIT:
            taken[a].append(b)
            taken[b].append(a)
    return taken


def write(characters, taken):
    lines = [c + "".join(characters[row] for row in rows) + "\n" for c, rows in zip(characters, taken) if rows]
    (DATA / "look_alikes.txt").write_text("".join(lines), "utf-8")


def print_checksums(arguments):
    parts = [unihan_file(arguments, part) for part in ("DictionaryLikeData", "OtherMappings")]
    for path in [arguments.same_stroke, *parts, arguments.words, arguments.sans, arguments.serif]:
        print(f"  input {path.name} sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
