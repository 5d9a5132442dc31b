//! Groups 55 to 63: what ignore rules keep out of dnsure's hands stays as it is.
//!
//! Each trial is three states: everything declared; some of it dropped from the file and
//! ignored, which is no change; everything declared again without a rule, which is no change
//! either and proves that nothing was lost meanwhile.

use super::{Draft, group};

/// Rules, and the records (by their place in the zone) that leave the file.
struct Trial {
    title: &'static str,
    rules: &'static [&'static str],
    /// The lines of the file that remains.
    left: &'static [&'static str],
    /// What is kept beside it: owner, type, data.
    kept: &'static [&'static str],
}

fn trials(mut draft: Draft, everything: &[&str], trials: &[Trial]) -> Draft {
    draft = draft.state("everything", everything);
    for trial in trials {
        draft = draft
            .same(format!("ignored by {}", trial.title), trial.left)
            .ignoring(trial.rules)
            .keeping(trial.kept)
            .same(format!("all is there after {}", trial.title), everything);
    }
    draft
}

const ZONE: &[&str] = &[
    "foo A [192.0.2.1, 192.0.2.2]",
    "foo TXT ['simple']",
    "bar A [192.0.2.3]",
    "mail CNAME ghs.googlehosted.com.",
];

const APEX_ZONE: &[&str] = &[
    "@ A [192.0.2.1, 192.0.2.2]",
    "@ TXT ['simple']",
    "bar A [192.0.2.3]",
    "mail CNAME ghs.googlehosted.com.",
];

pub(super) fn groups() -> Vec<Draft> {
    vec![
        by_everything(),
        at_apex(),
        declared_all_the_same(),
        wildcards(),
        modified(),
        only_ignored(),
        all_ignored(),
        lost_once(),
        last(),
    ]
}

fn by_everything() -> Draft {
    let draft = group(55, "ignored", "Records are ignored by name, type, target and all mixtures.");
    trials(
        draft,
        ZONE,
        &[
            Trial {
                title: "name",
                rules: &["foo *"],
                left: &["bar A [192.0.2.3]", "mail CNAME ghs.googlehosted.com."],
                kept: &["foo A 192.0.2.1", "foo A 192.0.2.2", "foo TXT \"simple\""],
            },
            Trial {
                title: "name and type",
                rules: &["foo A"],
                left: &["foo TXT ['simple']", "bar A [192.0.2.3]", "mail CNAME ghs.googlehosted.com."],
                kept: &["foo A 192.0.2.1", "foo A 192.0.2.2"],
            },
            Trial {
                title: "name, type and target",
                rules: &["foo A 192.0.2.1"],
                left: &[
                    "foo A [192.0.2.2]",
                    "foo TXT ['simple']",
                    "bar A [192.0.2.3]",
                    "mail CNAME ghs.googlehosted.com.",
                ],
                kept: &["foo A 192.0.2.1"],
            },
            Trial {
                title: "type",
                rules: &["** TXT"],
                left: &[
                    "foo A [192.0.2.1, 192.0.2.2]",
                    "bar A [192.0.2.3]",
                    "mail CNAME ghs.googlehosted.com.",
                ],
                kept: &["foo TXT \"simple\""],
            },
            Trial {
                title: "type and target",
                rules: &["** A 192.0.2.3"],
                left: &[
                    "foo A [192.0.2.1, 192.0.2.2]",
                    "foo TXT ['simple']",
                    "mail CNAME ghs.googlehosted.com.",
                ],
                kept: &["bar A 192.0.2.3"],
            },
            Trial {
                title: "target",
                rules: &["** * 192.0.2.3"],
                left: &[
                    "foo A [192.0.2.1, 192.0.2.2]",
                    "foo TXT ['simple']",
                    "mail CNAME ghs.googlehosted.com.",
                ],
                kept: &["bar A 192.0.2.3"],
            },
            Trial {
                title: "two types",
                rules: &["** A", "** TXT"],
                left: &["mail CNAME ghs.googlehosted.com."],
                kept: &["foo A 192.0.2.1", "foo A 192.0.2.2", "foo TXT \"simple\"", "bar A 192.0.2.3"],
            },
            Trial {
                title: "type and target pattern",
                rules: &["** CNAME *.googlehosted.com."],
                left: &["foo A [192.0.2.1, 192.0.2.2]", "foo TXT ['simple']", "bar A [192.0.2.3]"],
                kept: &["mail CNAME ghs.googlehosted.com."],
            },
        ],
    )
}

fn at_apex() -> Draft {
    let draft = group(56, "ignored-at-apex", "Records at the apex are ignored by name, type and target.");
    trials(
        draft,
        APEX_ZONE,
        &[
            Trial {
                title: "name and types",
                rules: &["@ A", "@ TXT"],
                left: &["bar A [192.0.2.3]", "mail CNAME ghs.googlehosted.com."],
                kept: &["@ A 192.0.2.1", "@ A 192.0.2.2", "@ TXT \"simple\""],
            },
            Trial {
                title: "name and type",
                rules: &["@ A"],
                left: &["@ TXT ['simple']", "bar A [192.0.2.3]", "mail CNAME ghs.googlehosted.com."],
                kept: &["@ A 192.0.2.1", "@ A 192.0.2.2"],
            },
            Trial {
                title: "name, type and target",
                rules: &["@ A 192.0.2.1"],
                left: &[
                    "@ A [192.0.2.2]",
                    "@ TXT ['simple']",
                    "bar A [192.0.2.3]",
                    "mail CNAME ghs.googlehosted.com.",
                ],
                kept: &["@ A 192.0.2.1"],
            },
            Trial {
                title: "type and target",
                rules: &["@ * 192.0.2.2"],
                left: &[
                    "@ A [192.0.2.1]",
                    "@ TXT ['simple']",
                    "bar A [192.0.2.3]",
                    "mail CNAME ghs.googlehosted.com.",
                ],
                kept: &["@ A 192.0.2.2"],
            },
            Trial {
                title: "types everywhere",
                rules: &["** A", "** TXT"],
                left: &["mail CNAME ghs.googlehosted.com."],
                kept: &["@ A 192.0.2.1", "@ A 192.0.2.2", "@ TXT \"simple\"", "bar A 192.0.2.3"],
            },
        ],
    )
}

fn declared_all_the_same() -> Draft {
    group(57, "ignored-and-declared", "What is declared and ignored as well is left alone.")
        .state("create", &["@ TXT ['simple']", "foo TXT ['simple']", "bar A [192.0.2.3]"])
        .same("other text, ignored", &["@ TXT ['other']", "foo TXT ['other']", "bar A [192.0.2.3]"])
        .ignoring(&["@ TXT", "foo TXT"])
        .keeping(&["@ TXT \"simple\"", "foo TXT \"simple\""])
        .same("as before", &["@ TXT ['simple']", "foo TXT ['simple']", "bar A [192.0.2.3]"])
}

fn wildcards() -> Draft {
    let draft = group(58, "ignored-by-pattern", "Patterns for names and targets.");
    const ALL: &[&str] = &[
        "foo.bat A [192.0.2.1, 192.0.2.2]",
        "foo.bat TXT ['simple']",
        "bar.bat A [192.0.2.3]",
        "mail CNAME ghs.googlehosted.com.",
    ];
    trials(
        draft,
        ALL,
        &[
            Trial {
                title: "a pattern behind the name",
                rules: &["foo.* *"],
                left: &["bar.bat A [192.0.2.3]", "mail CNAME ghs.googlehosted.com."],
                kept: &["foo.bat A 192.0.2.1", "foo.bat A 192.0.2.2", "foo.bat TXT \"simple\""],
            },
            Trial {
                title: "a pattern before the name, and a type",
                rules: &["*.bat A"],
                left: &["foo.bat TXT ['simple']", "mail CNAME ghs.googlehosted.com."],
                kept: &["foo.bat A 192.0.2.1", "foo.bat A 192.0.2.2", "bar.bat A 192.0.2.3"],
            },
            Trial {
                title: "a target pattern",
                rules: &["** * *.googlehosted.com."],
                left: &[
                    "foo.bat A [192.0.2.1, 192.0.2.2]",
                    "foo.bat TXT ['simple']",
                    "bar.bat A [192.0.2.3]",
                ],
                kept: &["mail CNAME ghs.googlehosted.com."],
            },
        ],
    )
}

fn modified() -> Draft {
    const OTHERS: &str = "mail CNAME ghs.googlehosted.com.";
    group(
        59,
        "ignored-while-others-change",
        "Ignored records survive changes next to them, in the same set even.",
    )
    .state("everything", ZONE)
    .state("another name changes", &["foo A [192.0.2.1, 192.0.2.2]", "bar A [192.0.2.8]", OTHERS])
    .ignoring(&["foo TXT"])
    .keeping(&["foo TXT \"simple\""])
    .same(
        "nothing was lost",
        &["foo A [192.0.2.1, 192.0.2.2]", "foo TXT ['simple']", "bar A [192.0.2.8]", OTHERS],
    )
    .state("another type of the name changes", &["foo A [192.0.2.1, 192.0.2.9]", "bar A [192.0.2.8]", OTHERS])
    .ignoring(&["foo TXT"])
    .keeping(&["foo TXT \"simple\""])
    .state(
        "a third type",
        &["foo A [192.0.2.1, 192.0.2.9]", "foo TXT ['simple']", FOO_MX, "bar A [192.0.2.8]", OTHERS],
    )
    .state("the third type changes, both others ignored", &[FOO_OTHER_MX, "bar A [192.0.2.8]", OTHERS])
    .ignoring(&["foo A", "foo TXT"])
    .keeping(&["foo A 192.0.2.1", "foo A 192.0.2.9", "foo TXT \"simple\""])
    .state(
        "another member of the set changes",
        &["foo A [192.0.2.7]", "foo TXT ['simple']", FOO_OTHER_MX, "bar A [192.0.2.8]", OTHERS],
    )
    .ignoring(&["foo A 192.0.2.1"])
    .keeping(&["foo A 192.0.2.1"])
    .same(
        "nothing was lost in the end",
        &["foo A [192.0.2.1, 192.0.2.7]", "foo TXT ['simple']", FOO_OTHER_MX, "bar A [192.0.2.8]", OTHERS],
    )
}

const FOO_MX: &str = "foo MX [{preference: 10, exchange: mail.example.net.}]";
const FOO_OTHER_MX: &str = "foo MX [{preference: 20, exchange: mail.example.net.}]";

const VALIDATIONS: &[&str] =
    &["redact1 CNAME redact2.acm-validations.aws.", "redact3 CNAME redact4.sub.acm-validations.aws."];

fn only_ignored() -> Draft {
    group(60, "only-ignored-records", "A zone of nothing but ignored aliases is no change.")
        .state("create", VALIDATIONS)
        .same("not in the file, ignored by target", super::basics::EMPTY)
        .ignoring(&["** CNAME **.acm-validations.aws."])
        .keeping(&[
            "redact1 CNAME redact2.acm-validations.aws.",
            "redact3 CNAME redact4.sub.acm-validations.aws.",
        ])
        .same("all is there", VALIDATIONS)
}

fn all_ignored() -> Draft {
    group(61, "everything-ignored", "Where everything is ignored nothing is sent, not even an empty update.")
        .state("create", &["testdefined A [192.0.2.1]"])
        .same("declared and ignored", &["testdefined A [192.0.2.1]"])
        .ignoring(&["testdefined *"])
        .keeping(&["testdefined A 192.0.2.1"])
}

fn lost_once() -> Draft {
    group(
        62,
        "ignored-in-a-rewritten-zone",
        "An ignored record survives a plan without and one with changes.",
    )
    .state("create", &["testignore A [192.0.2.1]", "testdefined A [192.0.2.2]"])
    .same("ignored, no change", &["testdefined A [192.0.2.2]"])
    .ignoring(&["testignore *"])
    .keeping(&["testignore A 192.0.2.1"])
    .same("it is there", &["testignore A [192.0.2.1]", "testdefined A [192.0.2.2]"])
    .state("ignored, another changes", &["testdefined A [192.0.2.4]"])
    .ignoring(&["testignore *"])
    .keeping(&["testignore A 192.0.2.1"])
    .same("it is there still", &["testignore A [192.0.2.1]", "testdefined A [192.0.2.4]"])
}

fn last() -> Draft {
    group(63, "last", "One text is left at the end.")
        .state("create", &["final TXT ['TestDNSProviders was successful!']"])
}
