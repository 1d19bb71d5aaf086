//! `luthier config`, and configurations that cannot be used.

use insta::assert_snapshot;

use crate::Folder;
use crate::support::MANAGE;

#[test]
fn none() {
    assert_snapshot!(Folder::project(&[]).run(&["config"]), @"
    exit code 0
    ----- stdout -----
    # no luthier.toml and no [tool.luthier] found: everything as usual
    require-reason = false
    ");
}

#[test]
fn the_one_that_holds() {
    let folder = Folder::project(&[(
        "pyproject.toml",
        "[tool.luthier]\nignore = [\"LUT002\"]\nfail-on = \"warning\"\n",
    )]);
    assert_snapshot!(folder.run(&["config"]), @r#"
    exit code 0
    ----- stdout -----
    # from [FOLDER]/pyproject.toml
    ignore = ["LUT002"]
    fail-on = "warning"
    require-reason = false
    "#);
    folder.write("other.toml", "require-reason = true\n");
    assert_snapshot!(folder.run(&["config", "--config", "other.toml"]), @"
    exit code 0
    ----- stdout -----
    # from other.toml
    require-reason = true
    ");
}

#[test]
fn as_json() {
    let folder = Folder::project(&[(
        "luthier.toml",
        "ignore = [\"LUT002\"]\nper-file-ignores = { \"a.py\" = [\"LUT001\"] }\n",
    )]);
    let json = ["config", "--output-format", "json"];
    assert_snapshot!(folder.run(&json), @r#"
    exit code 0
    ----- stdout -----
    {
      "configuration": {
        "ignore": [
          "LUT002"
        ],
        "per-file-ignores": {
          "a.py": [
            "LUT001"
          ]
        },
        "require-reason": false
      },
      "path": "[FOLDER]/luthier.toml"
    }
    "#);
    assert_snapshot!(Folder::project(&[]).run(&json), @r#"
    exit code 0
    ----- stdout -----
    {
      "configuration": {
        "require-reason": false
      },
      "path": null
    }
    "#);
}

#[test]
fn the_schema() {
    let output = Folder::with(&[]).output(&["config", "--schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(schema["properties"]["per-file-ignores"].is_object());
}

#[test]
fn mistakes() {
    let check = |text: &str| {
        let folder = Folder::project(&[("luthier.toml", text)]);
        folder.run(&["check"])
    };
    assert_snapshot!(check("ignor = []\n"), @"
    exit code 2
    ----- stderr -----
    error: [FOLDER]/luthier.toml:1: unknown key `ignor`; did you mean `ignore`?
     hint: `luthier config --schema` lists the keys and their values
    ");
    assert_snapshot!(check("\nselect = [\"ORMM\"]\n"), @"
    exit code 2
    ----- stderr -----
    error: [FOLDER]/luthier.toml:2: no rule or category is called `ORMM`; did you mean `orm`?
     hint: `luthier config --schema` lists the keys and their values
    ");
    assert_snapshot!(check("select = [\n"), @"
    exit code 2
    ----- stderr -----
    error: [FOLDER]/luthier.toml:1: unclosed array, expected `]`
     hint: `luthier config --schema` lists the keys and their values
    ");
    let folder = Folder::project(&[]);
    assert_snapshot!(folder.run(&["check", "--config", "gone.toml"]), @"
    exit code 2
    ----- stderr -----
    error: gone.toml: no such file
     hint: `luthier config --schema` lists the keys and their values
    ");
    assert_snapshot!(folder.run(&["check", "--select", "nonsense"]), @"
    exit code 2
    ----- stderr -----
    error: invalid value 'nonsense' for '--select <RULES>': no rule or category is called `nonsense`; `luthier rules` lists them

    For more information, try '--help'.
    ");
    assert_snapshot!(folder.run(&["check", "--python", "gone"]), @"
    exit code 2
    ----- stderr -----
    error: no such interpreter or environment: gone
     hint: --python takes a virtual environment's folder or its interpreter
    ");
}

#[test]
fn what_the_project_does_not_have() {
    let check = |text: &str| {
        let folder = Folder::project(&[
            ("luthier.toml", text),
            ("config/__init__.py", ""),
            (
                "config/settings.py",
                "ROOT_URLCONF = \"config.urls\"\nDEBUG = False\nDATABASES = {}\n",
            ),
        ]);
        folder.quiet(&["check"])
    };
    assert_snapshot!(check("\nsettings = \"config.setings\"\n"), @"
    exit code 2
    ----- stderr -----
    error: [FOLDER]/luthier.toml:2: `settings`: no settings module `config.setings` in the project; did you mean `config.settings`?
     hint: `luthier config --schema` lists the keys and their values
    ");
    assert_snapshot!(check("settings = \"nope\"\n"), @"
    exit code 2
    ----- stderr -----
    error: [FOLDER]/luthier.toml:1: `settings`: no settings module `nope` in the project; there is config.settings
     hint: `luthier config --schema` lists the keys and their values
    ");
    assert_snapshot!(check("settings = \"config.settings:Production\"\n"), @"
    exit code 2
    ----- stderr -----
    error: [FOLDER]/luthier.toml:1: `settings`: no settings module `config.settings:Production` in the project; did you mean `config.settings`?
     hint: `luthier config --schema` lists the keys and their values
    ");
    assert_snapshot!(check("exclude = [\"legacy/\", \"old[\"]\n"), @"
    exit code 2
    ----- stderr -----
    error: [FOLDER]/luthier.toml:1: `exclude`: `old[` is no pattern: unclosed character class; missing ']'
     hint: `luthier config --schema` lists the keys and their values
    ");
    assert_snapshot!(check("target-django = \"5.9\"\n"), @r#"
    exit code 2
    ----- stderr -----
    error: [FOLDER]/luthier.toml:1: `target-django`: no Django 5.9 is known, only 1.11 to 6.1; did you mean "5.2"?
     hint: `luthier config --schema` lists the keys and their values
    "#);
    assert_snapshot!(check("target-django = \"latest\"\n"), @r#"
    exit code 2
    ----- stderr -----
    error: [FOLDER]/luthier.toml:1: `target-django`: `latest` is no Django version; write for example "5.2"
     hint: `luthier config --schema` lists the keys and their values
    "#);
    assert_snapshot!(check("settings = \"config.settings\"\n"), @"
    exit code 0
    ----- stdout -----
    No findings.
    ");
    let pyproject = Folder::project(&[(
        "pyproject.toml",
        "[project]\nname = \"shop\"\n\n[tool.luthier]\nsettings = \"config.nope\"\n",
    )]);
    for command in [
        &["review"][..],
        &["check", "--diff"],
        &["graph"],
        &["config", "--settings"],
    ] {
        let shown = pyproject.run(command);
        assert!(
            shown.starts_with("exit code 2\n") && shown.contains("pyproject.toml:5: `settings`"),
            "{shown}"
        );
    }
}

#[test]
fn settings_of_another_project_of_the_repository() {
    let settings = "ROOT_URLCONF = \"site.urls\"\nDEBUG = False\nDATABASES = {}\n";
    let folder = Folder::with(&[
        (".git/HEAD", ""),
        ("luthier.toml", "settings = \"blog.settings\"\n"),
        ("one/manage.py", MANAGE),
        ("one/blog/settings.py", settings),
        ("two/manage.py", MANAGE),
        ("two/config/settings.py", settings),
    ]);
    assert_snapshot!(folder.quiet(&["check", "two"]), @"
    exit code 0
    ----- stdout -----
    No findings.
    ");
    folder.write("luthier.toml", "settings = \"blgo.settings\"\n");
    assert_snapshot!(folder.quiet(&["check", "two"]), @"
    exit code 2
    ----- stderr -----
    error: [FOLDER]/luthier.toml:1: `settings`: no settings module `blgo.settings` in the project; did you mean `config.settings`?
     hint: `luthier config --schema` lists the keys and their values
    ");
}

#[test]
fn settings_of_the_project() {
    let folder = Folder::project(&[
        ("config/__init__.py", ""),
        (
            "config/base.py",
            "import os\n\nDEBUG = os.environ.get(\"DEBUG\") == \"1\"\nINSTALLED_APPS = [\"django.contrib.auth\"]\n",
        ),
        (
            "config/settings.py",
            "from .base import *\n\nROOT_URLCONF = \"config.urls\"\nif DEBUG:\n    INSTALLED_APPS += [\"debug_toolbar\"]\n",
        ),
    ]);
    assert_snapshot!(folder.run(&["config", "--settings", "--no-cache"]), @r#"
    exit code 0
    ----- stdout -----
    config.settings · `DJANGO_SETTINGS_MODULE` in manage.py

    DEBUG = <DEBUG == "1", else False>
        config/base.py:3  DEBUG = os.environ.get("DEBUG") == "1"
        config/settings.py:1  from config.base
    INSTALLED_APPS = ['django.contrib.auth', 'debug_toolbar' <if `DEBUG == "1"`>]
        config/base.py:4  INSTALLED_APPS = ["django.contrib.auth"]
        config/settings.py:1  from config.base
        config/settings.py:5  if `DEBUG == "1"`  INSTALLED_APPS += ["debug_toolbar"]
    ROOT_URLCONF = 'config.urls'
        config/settings.py:3  ROOT_URLCONF = "config.urls"
    "#);
    let output = folder.output(&[
        "config",
        "--settings",
        "--no-cache",
        "--output-format",
        "json",
    ]);
    let modules: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(modules[0]["module"], "config.settings");
    assert_snapshot!(Folder::project(&[]).run(&["config", "--settings", "--no-cache"]), @r#"
    exit code 2
    ----- stderr -----
    error: no settings module in [FOLDER]
     hint: name it in the configuration: settings = "config.settings.production"
    "#);
}

#[test]
fn secrets_are_not_shown() {
    let folder = Folder::project(&[
        ("config/__init__.py", ""),
        (
            "config/base.py",
            "import os\n\nSECRET_KEY = \"hunter2-base\"\nGITHUB_TOKEN = os.environ.get(\"GITHUB_TOKEN\", \"hunter2-token\")\n",
        ),
        (
            "config/settings.py",
            "import os\n\nfrom .base import *\n\nROOT_URLCONF = \"config.urls\"\nINSTALLED_APPS = [\"shop\"]\nSECRET_KEY = \"hunter2-\" + os.environ[\"REST\"]\nDATABASES = {\"default\": {\"NAME\": \"shop\", \"PASSWORD\": \"hunter2\"}}\nDATABASES[\"default\"][\"PASSWORD\"] = \"hunter2-again\"\nCACHE_URL = \"redis://shop:hunter2@cache/0\"\nBROKER_URL = f\"amqp://{os.environ['USER']}:hunter2@queue\"\nclient = connect(password=\"hunter2\")\nSEARCH = os.getenv(\"SEARCH_PASSWORD\", \"hunter2\")\nPASSWORD_HASHERS = [\"django.contrib.auth.hashers.Argon2PasswordHasher\"]\n",
        ),
    ]);
    let settings = ["config", "--settings", "--no-cache"];
    assert_snapshot!(folder.run(&settings), @r#"
    exit code 0
    ----- stdout -----
    config.settings · `DJANGO_SETTINGS_MODULE` in manage.py

    BROKER_URL = f"amqp://{<USER, required>}***@queue"
        config/settings.py:11  if `REST is set` and `USER is set`  BROKER_URL = "***"
    CACHE_URL = 'redis://shop:***@cache/0'
        config/settings.py:10  if `REST is set`  CACHE_URL = "redis://shop:***@cache/0"
    DATABASES = {'default': {'NAME': 'shop', 'PASSWORD': '***'}}
        config/settings.py:8  if `REST is set`  DATABASES = {"default": {"NAME": "shop", "PASSWORD":…
        config/settings.py:9  if `REST is set`  DATABASES["default"]["PASSWORD"] = "***"
    GITHUB_TOKEN = <GITHUB_TOKEN, else '***'>
        config/base.py:4  GITHUB_TOKEN = os.environ.get("GITHUB_TOKEN", "***")
        config/settings.py:3  from config.base
    INSTALLED_APPS = ['shop']
        config/settings.py:6  INSTALLED_APPS = ["shop"]
    PASSWORD_HASHERS = ['django.contrib.auth.hashers.Argon2PasswordHasher']
        config/settings.py:14  if `REST is set` and `USER is set`  PASSWORD_HASHERS = ["django.contrib.auth.hashers.Arg…
    ROOT_URLCONF = 'config.urls'
        config/settings.py:5  ROOT_URLCONF = "config.urls"
    SEARCH = <SEARCH_PASSWORD, else '***'>
        config/settings.py:13  if `REST is set` and `USER is set`  SEARCH = os.getenv("SEARCH_PASSWORD", "***")
    SECRET_KEY = f"***{<REST, required>}"
        config/settings.py:7  if `REST is set`  SECRET_KEY = "***" + os.environ["REST"]
    "#);
    let json = folder.run(&[&settings[..], &["--output-format", "json"]].concat());
    assert!(
        json.contains("SECRET_KEY") && !json.contains("hunter2"),
        "{json}"
    );
    let shown = folder.run(&[&settings[..], &["--show-secrets"]].concat());
    assert!(shown.contains("redis://shop:hunter2@cache/0"), "{shown}");
}
