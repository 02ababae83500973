//! Lines of suggestion entries.

use wire::import::entry_line;
use wire::suggestions::Extra;

fn refused(rest: &str, key: &str) {
    let line = format!(r#"{{"text":"t"{rest}}}"#);
    assert_eq!(entry_line(&line).unwrap_err().key, key, "{line}");
}

#[test]
fn entries_have_defaults() {
    let line = entry_line(r#"{"text":" 露营 "}"#).unwrap();
    assert_eq!((line.text.as_str(), line.weight, line.search_type), ("露营", 1, 0));
    assert_eq!((line.valid_from, line.valid_to), (None, None));
    assert!(line.extra.is_empty());
}

#[test]
fn entries_are_read_in_full() {
    let line = entry_line(
        r#"{"text":"t","weight":9,"search_type":"goods","type":"top_goods","link":"https://x/\"","icon":"/media/i.png","icon_night":"https://x/n.png","valid_from":1,"valid_to":2,"later":0}"#,
    )
    .unwrap();
    assert_eq!((line.weight, line.search_type, line.valid_from, line.valid_to), (9, 1, Some(1), Some(2)));
    assert_eq!(line.unknown_keys, ["later"]);
    let extra = Extra {
        r#type: "top_goods".to_owned(),
        link: "https://x/\"".to_owned(),
        icon: "/media/i.png".to_owned(),
        icon_night: "https://x/n.png".to_owned(),
    };
    assert_eq!(Extra::decode(&line.extra), Some(extra));
}

#[test]
fn wrong_entries_name_the_key() {
    assert_eq!(entry_line("{}").unwrap_err().key, "text");
    assert_eq!(entry_line(r#"{"text":" "}"#).unwrap_err().key, "text");
    refused(r#","weight":0"#, "weight");
    refused(r#","weight":1.5"#, "weight");
    refused(r#","weight":1000000000001"#, "weight");
    assert_eq!(entry_line(r#"{"text":"t","weight":1000000000000}"#).unwrap().weight, 1_000_000_000_000);
    refused(r#","search_type":"video""#, "search_type");
    refused(r#","type":1"#, "type");
    refused(r#","link":null"#, "link");
    refused(&format!(r#","icon":"{}""#, "x".repeat(2049)), "icon");
    refused(r#","valid_from":"now""#, "valid_from");
    refused(r#","valid_from":2,"valid_to":1"#, "valid_to");
}
