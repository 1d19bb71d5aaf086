use luthier_source::Sources;

use crate::Project;

fn outline(files: &[(&str, &str)]) -> String {
    let sources = Sources::in_memory(files);
    let project = Project::from_sources(&sources);
    let tests = &project.tests;
    let at = |place: &crate::Place| {
        let file = sources.file(place.file);
        format!("{}:{}", file.path, file.line_column(place.span.start).line)
    };
    let all = |places: &[crate::Place]| places.iter().map(at).collect::<Vec<_>>().join(" ");
    let modules: Vec<&str> = tests
        .modules
        .iter()
        .map(|file| &*sources.file(*file).path)
        .collect();
    let lines = [
        format!("modules {}", modules.join(" ")),
        format!(
            "pytest {} django {}",
            tests.pytest.as_ref().map(at).unwrap_or_default(),
            tests.has_pytest_django
        ),
        format!(
            "settings {}",
            tests
                .settings
                .as_ref()
                .map(|(module, place)| format!("{module} {}", at(place)))
                .unwrap_or_default()
        ),
        format!(
            "floor {}",
            tests
                .coverage_floor
                .map(|floor| format!("{} {}", floor.percent, at(&floor.place)))
                .unwrap_or_default()
        ),
        format!("factories {}", all(&tests.factories)),
        format!("seeded {}", all(&tests.seeded_by_hand)),
        format!("fixtures {}", all(&tests.fixtures)),
        format!("guards {}", all(&tests.query_guards)),
    ];
    lines.join("\n")
}

#[test]
fn everything_about_tests_is_found() {
    let found = outline(&[
        (
            "pyproject.toml",
            "[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = \"config.test\"\naddopts = \"--reuse-db --cov-fail-under=85\"\n",
        ),
        (
            "shop/tests/test_orders.py",
            "def test_a(django_assert_num_queries):\n    Order.objects.create(a=1)\n    Order.objects.create(a=2)\n",
        ),
        (
            "shop/tests/factories.py",
            "import factory.django\nclass OrderFactory(factory.django.DjangoModelFactory):\n    pass\n",
        ),
        (
            "shop/tests/old.py",
            "class T(TestCase):\n    fixtures = ['a.json']\n    def test_x(self):\n        with self.assertNumQueries(3):\n            pass\n",
        ),
        ("shop/models.py", "class Order: pass\n"),
    ]);
    let expected = "\
modules shop/tests/old.py shop/tests/test_orders.py
pytest pyproject.toml:2 django true
settings config.test pyproject.toml:2
floor 85 pyproject.toml:3
factories shop/tests/factories.py:1
seeded shop/tests/test_orders.py:2
fixtures shop/tests/old.py:2
guards shop/tests/old.py:4 shop/tests/test_orders.py:1";
    assert_eq!(found, expected);
}

#[test]
fn ini_files_and_commands_say_it_too() {
    let found = outline(&[
        (
            "setup.cfg",
            "[tool:pytest]\naddopts = --ds=config.ci\n[coverage:report]\nfail_under = 70\n",
        ),
        ("shop/tests.py", "class T:\n    def test_x(self): pass\n"),
    ]);
    assert!(
        found.contains(
            "pytest setup.cfg:1 django true\nsettings config.ci setup.cfg:2\nfloor 70 setup.cfg:4"
        ),
        "{found}"
    );
    let workflow = "on: push\njobs:\n  t:\n    steps:\n      - run: |\n          coverage run manage.py test\n          coverage report --fail-under 60\n";
    let found = outline(&[(".github/workflows/ci.yml", workflow)]);
    assert!(
        found.contains("floor 60 .github/workflows/ci.yml:7"),
        "{found}"
    );
    let tox = "[testenv]\ncommands =\n  pytest --cov --cov-fail-under 75 {posargs}\n";
    assert!(outline(&[("tox.ini", tox)]).contains("floor 75 tox.ini:2"));
}

#[test]
fn functions_and_fixtures_that_make_rows_are_factories() {
    let factories = |code: &str| {
        let found = outline(&[("shop/tests/test_a.py", code)]);
        found
            .lines()
            .find(|line| line.starts_with("factories"))
            .unwrap()
            .to_owned()
    };
    let body = "    return Order.objects.create(a=1)\n";
    let at = "factories shop/tests/test_a.py:";
    assert_eq!(
        factories(&format!("def create_order():\n{body}")),
        format!("{at}1")
    );
    assert_eq!(
        factories(&format!("def order_factory():\n{body}")),
        format!("{at}1")
    );
    let fixture = format!("import pytest\n@pytest.fixture\ndef order(db):\n{body}");
    assert_eq!(factories(&fixture), format!("{at}3"));
    assert_eq!(
        factories(&format!("def test_create_order():\n{body}")),
        "factories "
    );
    assert_eq!(
        factories("def create_name():\n    return 'a'\n"),
        "factories "
    );
}
