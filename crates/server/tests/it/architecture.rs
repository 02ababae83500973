//! The invariants of ARCHITECTURE.md that are about who may depend on whom, read from `cargo metadata`.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// A crate of ours and the crates of ours that it may know.
const EDGES: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("wire", &[]),
    ("suggest", &["text"]),
    ("search", &["text"]),
    ("store", &[]),
    ("engine", &["text", "suggest", "search", "store"]),
    ("client", &["wire"]),
    ("qiusuo", &["engine", "client", "wire"]),
];

/// A dependency that only one crate of ours may know.
const ONLY_KNOWN_BY: &[(&str, &str)] = &[
    ("tantivy", "search"),
    ("sqlx", "store"),
    ("redis", "store"),
    ("axum", "qiusuo"),
    ("axum-server", "qiusuo"),
    ("clap", "qiusuo"),
    ("hyper", "qiusuo"),
    ("reqwest", "client"),
];

/// What the crates that do no I/O may not know, beside the above.
const NO_IO: (&[&str], &[&str]) = (&["text", "wire", "suggest"], &["tokio", "tracing", "metrics"]);

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .expect("cargo metadata")
}

fn normal_dependencies(package: &Package) -> BTreeSet<String> {
    let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
    normal.map(|dependency| dependency.name.clone()).collect()
}

#[test]
fn every_crate_knows_only_what_it_may() {
    let metadata = metadata();
    let ours: BTreeSet<&str> = EDGES.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    assert_eq!(found, ours.iter().map(|&name| name.to_owned()).collect(), "the crates of the workspace");
    for package in &metadata.packages {
        let name = package.name.to_string();
        let (_, allowed) = EDGES.iter().find(|(edge, _)| *edge == name).expect("checked above");
        let dependencies = normal_dependencies(package);
        for dependency in dependencies.iter().filter(|dependency| ours.contains(dependency.as_str())) {
            assert!(allowed.contains(&dependency.as_str()), "`{name}` may not know `{dependency}`");
        }
        for (dependency, owner) in ONLY_KNOWN_BY {
            assert!(
                name == *owner || !dependencies.contains(*dependency),
                "`{name}` may not know {dependency}; only `{owner}` may"
            );
        }
        let (pure, forbidden) = NO_IO;
        for dependency in forbidden.iter().filter(|_| pure.contains(&name.as_str())) {
            assert!(
                !dependencies.contains(*dependency),
                "`{name}` does no I/O and may not know {dependency}"
            );
        }
    }
}
