//! One fixed report, rendered by the tests of every format: ordinary findings, and one file whose
//! name, text and messages try to break out of each format.

use std::collections::BTreeMap;

use luthier_diagnostics::queries::{
    EntryKind, EntryQueries, Operation, Plan, PlannedQuery, Unseen,
};
use luthier_diagnostics::review::{
    Band, ChecklistItem, ChecklistStatus, Criterion, DimensionScore, Evidence, First, Judgement,
    Resolution, ResolutionKind, Review, Signal, SignalStatus, Unresolved, UnresolvedExample,
};
use luthier_diagnostics::{
    Category, Confidence, DependsOn, Dimension, Finding, Fix, FixAvailability, Location,
    ProjectSummary, Related, Report, RuleInfo, Severity, Stats,
};
use luthier_source::{Skipped, Sources, Span};

const SETTINGS: &str = "\
from .base import *

DEBUG = False
SECURE_HSTS_SECONDS = 0
DATABASES = {
    \"default\": {
        \"ENGINE\": \"django.db.backends.postgresql\",
        \"CONN_MAX_AGE\": 0,
    }
}
";

const VIEWS: &str = "\
from django.shortcuts import render

from orders.selectors import open_orders


def order_list(request):
    orders = open_orders()
    lines = []
    for order in orders:
        lines.append(order.customer.name)
    return render(request, \"orders/list.html\", {\"lines\": lines})
";

const SELECTORS: &str = "\
from orders.models import Order


def open_orders():
    return Order.objects.filter(state=\"open\")
";

/// A path and a text that quote, break lines, recolour, reverse, and do not end.
pub(crate) const HOSTILE_PATH: &str = "odd/a,b:c %41]]><&\"'\u{202e}.py";

pub(crate) fn sources() -> Sources {
    let long = format!(
        "\tname = \"界\u{1b}[31m\u{202e}\"  # {}\n",
        "x ".repeat(3000)
    );
    Sources::in_memory(&[
        ("config/settings/production.py", SETTINGS),
        ("orders/views.py", VIEWS),
        ("orders/selectors.py", SELECTORS),
        (HOSTILE_PATH, &long),
    ])
}

fn at(sources: &Sources, path: &str, text: &str) -> Location {
    let file = sources.find(path).expect("a path of the fixture");
    let start = sources.file(file).text.find(text).expect("its text") as u32;
    Location::new(file, Span::new(start, start + text.len() as u32))
}

/// A view that grows and is mended, one that was not seen wholly, a task whose name is hostile.
pub(crate) fn queries(sources: &Sources) -> Vec<EntryQueries> {
    let query = |operation, table: &str, location, loops: Vec<Location>| PlannedQuery {
        operation,
        table: table.to_owned(),
        joins: Vec::new(),
        filters: Vec::new(),
        order: Vec::new(),
        relation: None,
        is_prefetch: false,
        location,
        calls: Vec::new(),
        loops,
        times: 1,
    };
    let looped = at(sources, "orders/views.py", "orders:");
    let touched = at(sources, "orders/views.py", "order.customer");
    let fetched = PlannedQuery {
        joins: vec!["orders_coupon".to_owned()],
        filters: vec!["state".to_owned(), "orders_coupon.code".to_owned()],
        order: vec!["-placed_at".to_owned(), "id".to_owned()],
        ..query(Operation::Select, "orders_order", looped, Vec::new())
    };
    let grows = PlannedQuery {
        filters: vec!["id".to_owned()],
        relation: Some("customer".to_owned()),
        ..query(
            Operation::Select,
            "customers_customer",
            touched,
            vec![looped],
        )
    };
    let entry = |kind, name: &str, methods: &[&str]| EntryQueries {
        kind,
        name: name.to_owned(),
        methods: methods.iter().map(|&method| method.to_owned()).collect(),
        code: Some("orders.views.order_list".to_owned()),
        location: Some(at(sources, "orders/views.py", "order_list")),
        now: None,
        after: None,
    };
    let hostile = at(sources, HOSTILE_PATH, "name");
    vec![
        EntryQueries {
            now: Some(Plan {
                queries: vec![fetched.clone(), grows],
                up_to: true,
                unseen: Vec::new(),
            }),
            after: Some(Plan {
                queries: vec![fetched],
                up_to: true,
                unseen: Vec::new(),
            }),
            ..entry(EntryKind::Route, "orders/<int:pk>/", &["GET", "HEAD"])
        },
        entry(EntryKind::Route, "away/", &[]),
        EntryQueries {
            location: Some(hostile),
            now: Some(Plan {
                queries: vec![PlannedQuery {
                    times: 3,
                    ..query(
                        Operation::Update,
                        "odd\u{1b}[31m\u{202e}",
                        hostile,
                        Vec::new(),
                    )
                }],
                up_to: false,
                unseen: vec![Unseen {
                    location: hostile,
                    why: "a function calls itself",
                }],
            }),
            ..entry(EntryKind::Task, "odd\n\u{202e}", &[])
        },
    ]
}

pub(crate) fn report(sources: &Sources) -> Report<'_> {
    Report {
        sources,
        project: ProjectSummary {
            name: "shop".to_owned(),
            root: ".".to_owned(),
            repository_path: None,
            settings: vec!["config.settings.production".to_owned()],
            django: Some("5.2.7".to_owned()),
            apps: 3,
            models: 12,
            files: 214,
        },
        findings: findings(sources),
        depends: vec![DependsOn {
            code: "SEC018",
            django_check: "security.W018",
            setting: "DEBUG".to_owned(),
            variable: "DJANGO_DEBUG".to_owned(),
            outcomes: BTreeMap::from([
                (
                    "1, true, yes".to_owned(),
                    "security.W018 would be reported".to_owned(),
                ),
                ("unset".to_owned(), "nothing would be reported".to_owned()),
            ]),
        }],
        skipped: vec![Skipped {
            path: "data/dump.py".to_owned(),
            reason: "50 MiB; files over 8 MiB are not read".to_owned(),
        }],
        stats: Stats {
            files: 214,
            lines: 31_240,
            seconds: 0.1134,
        },
        rules: rules(),
        review: None,
    }
}

fn findings(sources: &Sources) -> Vec<Finding> {
    let settings = "config/settings/production.py";
    let hsts = at(sources, settings, "SECURE_HSTS_SECONDS = 0");
    let line = at(
        sources,
        "orders/views.py",
        "lines.append(order.customer.name)",
    );
    vec![
        Finding {
            code: "SEC004",
            name: "hsts-not-set",
            category: Category::Security,
            severity: Severity::Warning,
            confidence: Confidence::Certain,
            location: hsts,
            message: "`SECURE_HSTS_SECONDS` is 0: browsers may go back to plain HTTP".to_owned(),
            help: Some(
                "set it to 3600 at first and to 31536000 once every subdomain answers over HTTPS; \
                 a browser that has seen the header refuses plain HTTP for that long, so begin small"
                    .to_owned(),
            ),
            django_check: Some("security.W004"),
            symbol: Some("config.settings.production.SECURE_HSTS_SECONDS".to_owned()),
            app: None,
            related: Vec::new(),
            fix: Some(
                Fix::risky("set `SECURE_HSTS_SECONDS` to 3600")
                    .replace(hsts.file, hsts.span, "SECURE_HSTS_SECONDS = 3600")
                    .create("docs/hsts.md", "# HSTS\n"),
            ),
            fingerprint: "00000000000000a1".to_owned(),
        },
        hostile(sources),
        Finding {
            code: "ORM001",
            name: "n-plus-one-loop",
            category: Category::Orm,
            severity: Severity::Error,
            confidence: Confidence::Likely,
            location: Location::new(
                line.file,
                Span::new(line.span.start + 13, line.span.end - 6),
            ),
            message: "`order.customer` is loaded again for each row of `orders`".to_owned(),
            help: Some("load it with the orders: `.select_related(\"customer\")`".to_owned()),
            django_check: None,
            symbol: Some("orders.views.order_list".to_owned()),
            app: Some("orders".to_owned()),
            related: vec![
                Related {
                    location: at(sources, "orders/views.py", "orders:"),
                    message: "the rows are walked here".to_owned(),
                },
                Related {
                    location: at(
                        sources,
                        "orders/selectors.py",
                        "Order.objects.filter(state=\"open\")",
                    ),
                    message: "the queryset is built here".to_owned(),
                },
            ],
            fix: Some(
                Fix::safe("add `.select_related(\"customer\")` to the queryset").insert(
                    sources.find("orders/selectors.py").expect("a fixture"),
                    at(sources, "orders/selectors.py", "\n\n\ndef").span.start,
                    ".select_related(\"customer\")",
                ),
            ),
            fingerprint: "00000000000000b2".to_owned(),
        },
    ]
}

fn hostile(sources: &Sources) -> Finding {
    Finding {
        code: "LUT001",
        name: "syntax-error",
        category: Category::Internal,
        severity: Severity::Info,
        confidence: Confidence::Certain,
        location: at(sources, HOSTILE_PATH, "\"界\u{1b}[31m\u{202e}\""),
        message: "`]]></failure><b>&amp;` | \"quoted\" 100%,\n::error::\r\u{1b}[31mred\u{0}\u{202e}\ttab 界"
            .to_owned(),
        help: Some("<script>alert('help')</script>\n```\n# heading".to_owned()),
        django_check: None,
        symbol: None,
        app: None,
        related: Vec::new(),
        fix: None,
        fingerprint: "00000000000000c3".to_owned(),
    }
}

fn rules() -> Vec<RuleInfo> {
    vec![
        RuleInfo {
            code: "ORM001",
            name: "n-plus-one-loop",
            category: Category::Orm,
            severity: Severity::Error,
            dimension: Some(Dimension::OrmUsage),
            fix: FixAvailability::Sometimes,
            summary: "A relation is followed row by row.",
            docs: "A relation is followed row by row.\n\n## Why\nEach row costs a query.\n\n## Bad\n```py\nfor order in Order.objects.all():\n    print(order.customer.name)  # fires\n```\n",
        },
        RuleInfo {
            code: "SEC004",
            name: "hsts-not-set",
            category: Category::Security,
            severity: Severity::Warning,
            dimension: Some(Dimension::Security),
            fix: FixAvailability::None,
            summary: "Browsers may go back to plain HTTP.",
            docs: "Browsers may go back to plain HTTP.\n",
        },
    ]
}

/// The same with the parts of a review.
pub(crate) fn reviewed(sources: &Sources) -> Report<'_> {
    let hsts = at(
        sources,
        "config/settings/production.py",
        "SECURE_HSTS_SECONDS",
    );
    let age = at(
        sources,
        "config/settings/production.py",
        "\"CONN_MAX_AGE\": 0",
    );
    let seen = |location, message: &str| {
        vec![Evidence {
            location,
            message: message.to_owned(),
        }]
    };
    let signal = |id, status, summary: &str, evidence| Signal {
        id,
        status,
        summary: summary.to_owned(),
        evidence,
    };
    let item = |id, title, status, note: &str, evidence| ChecklistItem {
        id,
        title,
        status,
        note: note.to_owned(),
        evidence,
    };
    let criterion = |id, title, weight, judgement, evidence| Criterion {
        id,
        title,
        weight,
        judgement,
        evidence,
    };
    let dimension = |id, weight, score, summary: &str, criteria| DimensionScore {
        id,
        weight,
        score,
        criteria,
        summary: summary.to_owned(),
    };
    let yes = Judgement::Judged { held: 1, of: 1 };
    let no = Judgement::Judged { held: 0, of: 1 };
    let later = Judgement::NotYetJudged;
    let review = Review {
        signals: vec![
            signal(
                "settings-split",
                SignalStatus::Pass,
                "base, local, production",
                vec![],
            ),
            signal(
                "secret-management",
                SignalStatus::Pass,
                "SECRET_KEY from DJANGO_SECRET_KEY, DEBUG False",
                vec![],
            ),
            signal(
                "database-connections",
                SignalStatus::Fail,
                "CONN_MAX_AGE 0, no pool: each request opens a connection of its own",
                seen(age, "0 closes the connection after each request"),
            ),
            signal(
                "migrations-applied",
                SignalStatus::Unknown,
                "no conflict; drift and database not judged",
                vec![],
            ),
            signal(
                "static-files",
                SignalStatus::Pass,
                "WhiteNoise, hashed names",
                vec![],
            ),
            signal("background-tasks", SignalStatus::Pass, "Celery", vec![]),
            signal("caching", SignalStatus::Pass, "Redis", vec![]),
            signal(
                "deploy-checks",
                SignalStatus::Fail,
                "security.W004",
                seen(hsts, "security.W004"),
            ),
        ],
        total: 75.0,
        band: Some(Band::Solid),
        dimensions: vec![
            dimension(
                Dimension::Architecture,
                15.0,
                Some(1.0),
                "",
                vec![criterion(
                    "settings-split",
                    "settings split",
                    1.0,
                    yes,
                    vec![],
                )],
            ),
            dimension(
                Dimension::OrmUsage,
                15.0,
                Some(0.75),
                "1 of 4 list consumers grows with rows",
                vec![
                    criterion(
                        "queries-do-not-grow",
                        "consumers of querysets free of growth",
                        1.0,
                        Judgement::Judged { held: 3, of: 4 },
                        seen(
                            at(sources, "orders/views.py", "order.customer.name"),
                            "loads `customer` per row",
                        ),
                    ),
                    criterion("writes-batched", "writes batched", 1.0, later, vec![]),
                ],
            ),
            dimension(
                Dimension::Security,
                15.0,
                Some(0.5),
                "HSTS off",
                vec![
                    criterion(
                        "deploy-checks",
                        "deploy checks clean",
                        1.0,
                        no,
                        seen(hsts, "W004"),
                    ),
                    criterion("secrets", "secrets outside code", 1.0, yes, vec![]),
                    criterion(
                        "throttling",
                        "throttling",
                        1.0,
                        Judgement::NotApplicable,
                        vec![],
                    ),
                ],
            ),
            dimension(
                Dimension::Testing,
                15.0,
                None,
                "",
                vec![criterion(
                    "coverage",
                    "coverage floor enforced",
                    1.0,
                    Judgement::Unknown,
                    vec![],
                )],
            ),
        ],
        p0: vec![
            item(
                "deploy-checks",
                "deploy check without a warning",
                ChecklistStatus::Missing,
                "security.W004",
                seen(hsts, "security.W004"),
            ),
            item(
                "secret-key",
                "secret key from the environment",
                ChecklistStatus::Done,
                "DJANGO_SECRET_KEY",
                vec![],
            ),
            item(
                "backups",
                "backups scheduled",
                ChecklistStatus::Unseen,
                "ask whoever runs the database when it was last restored",
                vec![],
            ),
        ],
        p1: vec![item(
            "shared-cache",
            "shared cache",
            ChecklistStatus::Done,
            "Redis",
            vec![],
        )],
        resolution: Resolution {
            kinds: vec![
                ResolutionKind {
                    id: "settings",
                    resolved: 96,
                    met: 98,
                },
                ResolutionKind {
                    id: "routes",
                    resolved: 40,
                    met: 42,
                },
            ],
            unresolved: vec![
                Unresolved {
                    kind: "settings",
                    why: "comes from `load_caches()`, which reads a file".to_owned(),
                    count: 1,
                    examples: vec![UnresolvedExample {
                        what: "CACHES".to_owned(),
                        location: Some(hsts),
                    }],
                },
                Unresolved {
                    kind: "routes",
                    why: "patterns are made at run time".to_owned(),
                    count: 2,
                    examples: vec![
                        UnresolvedExample {
                            what: "URL patterns".to_owned(),
                            location: Some(age),
                        },
                        UnresolvedExample {
                            what: "URL patterns".to_owned(),
                            location: None,
                        },
                    ],
                },
            ],
        },
        first: vec![
            First {
                finding: 2,
                why: "`order_list` runs 1 + N queries; 3 routes lead there".to_owned(),
                how: "add `.select_related(\"customer\")` to the queryset".to_owned(),
            },
            First {
                finding: 0,
                why: "browsers may go back to plain HTTP".to_owned(),
                how: "set `SECURE_HSTS_SECONDS` to 3600".to_owned(),
            },
        ],
    };
    Report {
        review: Some(review),
        ..report(sources)
    }
}
