//! The syllables, and what letters are to them.

/// The longest syllables: *zhuang*, *chuang*, *shuang*.
pub(super) const LONGEST: usize = 6;

/// The syllables that are also typed in another way than they are written.
const OTHER_SPELLINGS: [&str; 2] = ["lue", "nue"];

/// The syllables of Mandarin without tones, ordered: those of the readings, and *dei*, *dia*, *kei*, *zhei* of speech.
#[rustfmt::skip]
pub(super) static SYLLABLES: [&str; 414] = [
    "a", "ai", "an", "ang", "ao", "ba", "bai", "ban", "bang", "bao", "bei", "ben", "beng", "bi", "bian",
    "biao", "bie", "bin", "bing", "bo", "bu", "ca", "cai", "can", "cang", "cao", "ce", "cen", "ceng",
    "cha", "chai", "chan", "chang", "chao", "che", "chen", "cheng", "chi", "chong", "chou", "chu",
    "chua", "chuai", "chuan", "chuang", "chui", "chun", "chuo", "ci", "cong", "cou", "cu", "cuan",
    "cui", "cun", "cuo", "da", "dai", "dan", "dang", "dao", "de", "dei", "den", "deng", "di", "dia",
    "dian", "diao", "die", "ding", "diu", "dong", "dou", "du", "duan", "dui", "dun", "duo", "e", "ei",
    "en", "eng", "er", "fa", "fan", "fang", "fei", "fen", "feng", "fiao", "fo", "fou", "fu", "ga",
    "gai", "gan", "gang", "gao", "ge", "gei", "gen", "geng", "gong", "gou", "gu", "gua", "guai", "guan",
    "guang", "gui", "gun", "guo", "ha", "hai", "han", "hang", "hao", "he", "hei", "hen", "heng", "hong",
    "hou", "hu", "hua", "huai", "huan", "huang", "hui", "hun", "huo", "ji", "jia", "jian", "jiang",
    "jiao", "jie", "jin", "jing", "jiong", "jiu", "ju", "juan", "jue", "jun", "ka", "kai", "kan",
    "kang", "kao", "ke", "kei", "ken", "keng", "kong", "kou", "ku", "kua", "kuai", "kuan", "kuang",
    "kui", "kun", "kuo", "la", "lai", "lan", "lang", "lao", "le", "lei", "leng", "li", "lia", "lian",
    "liang", "liao", "lie", "lin", "ling", "liu", "lo", "long", "lou", "lu", "luan", "lun", "luo", "lv",
    "lve", "ma", "mai", "man", "mang", "mao", "me", "mei", "men", "meng", "mi", "mian", "miao", "mie",
    "min", "ming", "miu", "mo", "mou", "mu", "n", "na", "nai", "nan", "nang", "nao", "ne", "nei", "nen",
    "neng", "ng", "ni", "nian", "niang", "niao", "nie", "nin", "ning", "niu", "nong", "nou", "nu",
    "nuan", "nun", "nuo", "nv", "nve", "o", "ou", "pa", "pai", "pan", "pang", "pao", "pei", "pen",
    "peng", "pi", "pian", "piao", "pie", "pin", "ping", "po", "pou", "pu", "qi", "qia", "qian", "qiang",
    "qiao", "qie", "qin", "qing", "qiong", "qiu", "qu", "quan", "que", "qun", "ran", "rang", "rao",
    "re", "ren", "reng", "ri", "rong", "rou", "ru", "rua", "ruan", "rui", "run", "ruo", "sa", "sai",
    "san", "sang", "sao", "se", "sen", "seng", "sha", "shai", "shan", "shang", "shao", "she", "shei",
    "shen", "sheng", "shi", "shou", "shu", "shua", "shuai", "shuan", "shuang", "shui", "shun", "shuo",
    "si", "song", "sou", "su", "suan", "sui", "sun", "suo", "ta", "tai", "tan", "tang", "tao", "te",
    "teng", "ti", "tian", "tiao", "tie", "ting", "tong", "tou", "tu", "tuan", "tui", "tun", "tuo", "wa",
    "wai", "wan", "wang", "wei", "wen", "weng", "wo", "wu", "xi", "xia", "xian", "xiang", "xiao", "xie",
    "xin", "xing", "xiong", "xiu", "xu", "xuan", "xue", "xun", "ya", "yan", "yang", "yao", "ye", "yi",
    "yin", "ying", "yo", "yong", "you", "yu", "yuan", "yue", "yun", "za", "zai", "zan", "zang", "zao",
    "ze", "zei", "zen", "zeng", "zha", "zhai", "zhan", "zhang", "zhao", "zhe", "zhei", "zhen", "zheng",
    "zhi", "zhong", "zhou", "zhu", "zhua", "zhuai", "zhuan", "zhuang", "zhui", "zhun", "zhuo", "zi",
    "zong", "zou", "zu", "zuan", "zui", "zun", "zuo",
];

/// Every spelling as a number, ordered: see [`packed`].
const KEYS: [u32; SYLLABLES.len() + OTHER_SPELLINGS.len()] = keys();

/// For each first letter the number of keys before its first one; one more at the end.
const STARTS: [u16; 28] = starts();

/// What letters are to the syllables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// A whole syllable, which others may continue.
    Whole,
    /// The beginning of a syllable and none themselves.
    Beginning,
    /// None of both.
    Nothing,
}

/// What `letters` are to the syllables.
pub(super) fn fit(letters: &[u8]) -> Fit {
    if letters.is_empty() || letters.len() > LONGEST || !letters.iter().all(u8::is_ascii_lowercase) {
        return Fit::Nothing;
    }
    let key = packed(letters);
    let first = usize::from(letters[0] - b'a') + 1;
    let keys = &KEYS[usize::from(STARTS[first - 1])..usize::from(STARTS[first])];
    // Keys are ordered like the letters, so what begins with the letters follows them at once.
    let following = keys.get(keys.partition_point(|&other| other < key));
    let free_bits = 5 * (LONGEST - letters.len());
    match following {
        Some(&other) if other == key => Fit::Whole,
        Some(&other) if other >> free_bits == key >> free_bits => Fit::Beginning,
        _ => Fit::Nothing,
    }
}

/// Up to six small letters as a number of five bits each, the first one highest, so that order is kept.
const fn packed(letters: &[u8]) -> u32 {
    let mut key = 0;
    let mut index = 0;
    while index < LONGEST {
        key <<= 5;
        if index < letters.len() {
            key |= (letters[index] - b'a' + 1) as u32;
        }
        index += 1;
    }
    key
}

const fn keys() -> [u32; SYLLABLES.len() + OTHER_SPELLINGS.len()] {
    let mut keys = [0; SYLLABLES.len() + OTHER_SPELLINGS.len()];
    let mut count = 0;
    while count < keys.len() {
        let spelling =
            if count < SYLLABLES.len() { SYLLABLES[count] } else { OTHER_SPELLINGS[count - SYLLABLES.len()] };
        let key = packed(spelling.as_bytes());
        // Nearly ordered, so insertion moves little.
        let mut place = count;
        while place > 0 && keys[place - 1] > key {
            keys[place] = keys[place - 1];
            place -= 1;
        }
        keys[place] = key;
        count += 1;
    }
    keys
}

const fn starts() -> [u16; 28] {
    let mut starts = [0; 28];
    let mut letter = 0;
    let mut count = 0;
    while letter < starts.len() {
        while count < KEYS.len() && (KEYS[count] >> (5 * (LONGEST - 1))) as usize <= letter {
            count += 1;
        }
        starts[letter] = count as u16;
        letter += 1;
    }
    starts
}
