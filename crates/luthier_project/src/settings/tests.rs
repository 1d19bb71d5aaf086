use luthier_source::Sources;

use super::{Assumptions, Kind, SettingsModule, What};
use crate::Project;

/// Every setting of the production module as `NAME = value`.
fn shown(files: &[(&str, &str)]) -> String {
    let sources = Sources::in_memory(files);
    let project = Project::from_sources(&sources);
    lines(project.settings.production().expect("a production module"))
}

/// The same where these variables are set.
fn shown_in(files: &[(&str, &str)], environment: &[(&str, Option<&str>)]) -> String {
    let sources = Sources::in_memory(files);
    let project = Project::from_sources(&sources);
    let known = environment
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.map(str::to_owned)));
    let assumptions = Assumptions {
        environment: known.collect(),
        ..Assumptions::default()
    };
    let production = project.settings.production().expect("a production module");
    lines(&production.under(&project.modules, &sources, &assumptions))
}

fn lines(module: &SettingsModule) -> String {
    let settings = module.settings().iter();
    let settings = settings.filter(|setting| {
        &*setting.name != "INSTALLED_APPS"
            || setting.value.items().is_none_or(|items| !items.is_empty())
    });
    settings
        .map(|setting| format!("{} = {}\n", setting.name, setting.value))
        .collect()
}

/// One module `settings.py`; the settings that make it one are left out.
fn one(text: &str) -> String {
    shown(&[("settings.py", &format!("{HEAD}{text}"))])
        .lines()
        .filter(|line| !line.starts_with("ROOT_URLCONF") && !line.starts_with("WSGI_APP"))
        .map(|line| format!("{line}\n"))
        .collect()
}

const HEAD: &str = "INSTALLED_APPS = []\nROOT_URLCONF = 'urls'\nWSGI_APPLICATION = 'w'\n";

#[test]
fn literals_and_arithmetic() {
    let text = "
from datetime import timedelta
from pathlib import Path
import os
BASE_DIR = Path(__file__).resolve().parent
A = 1 + 2 * 3
B = timedelta(minutes=60 * 24)
C = BASE_DIR / 'static'
D = os.path.join(BASE_DIR, 'media')
E = f'{A}-{C}'
F = '%s/%d' % ('x', 3)
G = '{}:{port}'.format('h', port=80)
H = {'a': 1, **{'b': 2}}
";
    let expected = "\
A = 7
B = timedelta(days=1)
BASE_DIR = Path('<root>')
C = Path('<root>/static')
D = '<root>/media'
E = '7-<root>/static'
F = 'x/3'
G = 'h:80'
H = {'a': 1, 'b': 2}
";
    assert_eq!(one(text), expected);
}

#[test]
fn lists_change_in_place_whoever_holds_them() {
    let text = "
APPS = ['a']
OTHER = APPS
APPS += ['b']
APPS.append('c')
OTHER.insert(0, 'z')
COPY = APPS + ['d']
APPS.remove('a')
LOG = {'loggers': {'x': {}}}
LOGGER = LOG['loggers']['x']
LOGGER['level'] = 'INFO'
for db in [LOG['loggers']['x']]:
    db['more'] = True
";
    let expected = "\
APPS = ['z', 'b', 'c']
COPY = ['z', 'a', 'b', 'c', 'd']
LOG = {'loggers': {'x': {'level': 'INFO', 'more': True}}}
LOGGER = {'level': 'INFO', 'more': True}
OTHER = ['z', 'b', 'c']
";
    assert_eq!(one(text), expected);
}

#[test]
fn the_environment_is_not_known_but_what_comes_without_it_is() {
    let text = "
import os
A = os.environ['A']
B = os.environ.get('B', 'x')
C = os.getenv('C') == 'true'
D = bool(os.environ.get('D'))
E = int(os.environ.get('E', 5))
F = os.environ.get('F', '').split(',')
G = os.environ.get('G') or 'fallback'
H = os.getenv('H', 'no').lower() in ('1', 'true')
I = 'redis://' + os.environ.get('I', 'h') + '/0'
";
    let expected = "\
A = <A, required>
B = <B, else 'x'>
C = <C == \"true\", else False>
D = <D as bool, else False>
E = <E as int, else 5>
F = <F as list, else ['']>
G = <G, else 'fallback'>
H = <H in [\"1\", \"true\"], else False>
I = f\"redis://{<I, else 'h'>}/0\"
";
    assert_eq!(one(text), expected);
}

#[test]
fn branches_that_are_not_decided_are_merged() {
    let text = "
import os
DEBUG = os.environ.get('DEBUG') == '1'
APPS = ['a', 'z']
X = 1
if DEBUG:
    APPS.insert(1, 'debug_toolbar')
    X = 2
    Y = 3
if not DEBUG:
    SECURE = True
    if X == 2:
        NEVER = 1
";
    let expected = "\
APPS = ['a', 'debug_toolbar' <if `DEBUG == \"1\"`>, 'z']
DEBUG = <DEBUG == \"1\", else False>
SECURE = True <if not `DEBUG == \"1\"`> | <not set> <if `DEBUG == \"1\"`>
X = 2 <if `DEBUG == \"1\"`> | 1 <if not `DEBUG == \"1\"`>
Y = 3 <if `DEBUG == \"1\"`> | <not set> <if not `DEBUG == \"1\"`>
";
    assert_eq!(one(text), expected);
}

#[test]
fn star_imports_run_once_and_keep_their_places() {
    let files = [
        ("config/__init__.py", ""),
        ("config/settings/__init__.py", ""),
        (
            "config/settings/base.py",
            "INSTALLED_APPS = ['a']\nROOT_URLCONF = 'config.urls'\nDEBUG = True\n_PRIVATE = 1\n",
        ),
        (
            "config/settings/production.py",
            "from .base import *\nDEBUG = False\nINSTALLED_APPS += ['b']\n",
        ),
        (
            "config/wsgi.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings.production')\n",
        ),
    ];
    let expected = "\
DEBUG = False
INSTALLED_APPS = ['a', 'b']
ROOT_URLCONF = 'config.urls'
";
    assert_eq!(shown(&files), expected);
    let sources = Sources::in_memory(&files);
    let project = Project::from_sources(&sources);
    let production = project.settings.production().unwrap();
    let apps = production.get("INSTALLED_APPS").unwrap();
    let files: Vec<_> = apps
        .places
        .iter()
        .map(|step| {
            (
                &*sources.file(step.place.unwrap().file).path,
                step.what.clone(),
            )
        })
        .collect();
    assert_eq!(files.len(), 3, "{files:?}");
    assert_eq!(
        project.settings.reason,
        "`DJANGO_SETTINGS_MODULE` in config/wsgi.py"
    );
    let roles: Vec<_> = project
        .settings
        .modules
        .iter()
        .map(|module| module.role)
        .collect();
    assert_eq!(roles, [super::Role::Base, super::Role::Production]);
}

#[test]
fn a_module_that_imports_itself_ends() {
    let files = [
        ("a/__init__.py", ""),
        (
            "a/settings.py",
            "from a.settings_b import *\nDEBUG = False\nINSTALLED_APPS = []\nROOT_URLCONF = 'x'\n",
        ),
        ("a/settings_b.py", "from a.settings import *\nX = 1\n"),
    ];
    assert!(shown(&files).contains("DEBUG = False\n"));
}

#[test]
fn functions_early_returns_and_imports_that_fail() {
    let text = "
import os
def flag(name, default=False):
    value = os.environ.get(name)
    if value is None:
        return default
    return value.lower() in ('1', 'true')
A = flag('A')
B = flag('B', True)
try:
    from .local import *
except ImportError:
    LOCAL = False
try:
    import debug_toolbar
    HAS = True
except ImportError:
    HAS = False
";
    let expected = "\
A = <A in [\"1\", \"true\"], else False>
B = <B in [\"1\", \"true\"], else True>
HAS = True <if `debug_toolbar is installed`> | False <if not `debug_toolbar is installed`>
LOCAL = False
";
    let shown = one(text);
    assert_eq!(shown, expected);
    let whole = format!("{HEAD}{text}");
    let files = [("settings.py", whole.as_str())];
    let unset = shown_in(&files, &[("A", Some("TRUE")), ("B", None)]);
    assert!(unset.contains("A = True\nB = True\n"), "{unset}");
    // What is not said to be unset may have any value.
    let open = shown_in(&files, &[("A", Some("TRUE"))]);
    assert!(open.contains("A = True\nB = <B in"), "{open}");
}

#[test]
fn what_is_seen_in_full_is_neither_open_nor_failing() {
    let sources = Sources::in_memory(&[("settings.py", HEAD)]);
    let project = Project::from_sources(&sources);
    let module = project.settings.production().unwrap();
    assert_eq!((module.open(), module.fails()), (None, None));
    assert!(module.optional().is_empty());
}

#[test]
fn roles_are_told_from_names() {
    use super::Role;
    let role = |name: &str| super::discover::role_of_name(name);
    assert_eq!(role("config.settings.production"), Role::Production);
    assert_eq!(role("local_settings"), Role::Local);
    assert_eq!(role("StagingSettings"), Role::Staging);
    assert_eq!(role("shop.settings"), Role::Other);
}

#[test]
fn settings_of_a_project_for_development_are_not_production() {
    let sources = Sources::in_memory(&[
        ("devproject/__init__.py", ""),
        ("devproject/settings.py", HEAD),
    ]);
    assert!(
        Project::from_sources(&sources)
            .settings
            .production()
            .is_none()
    );
}

#[test]
fn a_module_that_a_variable_names_is_one_of_those_there_are() {
    let files = [
        (
            "settings.py",
            "import os
from importlib import import_module
stage = import_module(f\"conf.{os.environ.get('STAGE', 'live')}\")
for name in dir(stage):
    if name.isupper():
        globals()[name] = getattr(stage, name)
ROOT_URLCONF = 'urls'
DATABASES = {}
STATIC_URL = '/s/'
",
        ),
        ("conf/__init__.py", ""),
        ("conf/live.py", "DEBUG = False\nONLY_LIVE = 1\n"),
        ("conf/local.py", "DEBUG = True\n"),
    ];
    let shown = shown(&files);
    for line in [
        "DEBUG = False <if `STAGE == \"live\"`> | True <if not `STAGE == \"live\"`>",
        "ONLY_LIVE = 1 <if `STAGE == \"live\"`> | <not set> <if not `STAGE == \"live\"`>",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    let local = shown_in(&files, &[("STAGE", Some("local"))]);
    assert!(
        local.contains("DEBUG = True\n") && !local.contains("ONLY_LIVE"),
        "{local}"
    );
    let unset = shown_in(&files, &[("STAGE", None)]);
    assert!(unset.contains("DEBUG = False\nONLY_LIVE = 1\n"), "{unset}");
}

#[test]
fn a_stage_that_no_module_is_for_does_not_load() {
    let files = [
        (
            "settings.py",
            "import os
from importlib import import_module
import_module('.' + os.environ['STAGE'], 'conf')
INSTALLED_APPS = []
ROOT_URLCONF = 'urls'
",
        ),
        ("conf/__init__.py", ""),
        ("conf/live.py", ""),
    ];
    let sources = Sources::in_memory(&files);
    let project = Project::from_sources(&sources);
    let production = project.settings.production().unwrap();
    assert_eq!(production.fails(), None);
    let assumptions = Assumptions {
        environment: vec![("STAGE".to_owned(), Some("moon".to_owned()))],
        ..Assumptions::default()
    };
    let moon = production.under(&project.modules, &sources, &assumptions);
    assert_eq!(moon.fails(), Some("ModuleNotFoundError"));
}

#[test]
fn a_variable_chooses_which_file_is_included() {
    let files = [
        (
            "config/settings/__init__.py",
            "import os
from split_settings.tools import include, optional
STAGE = os.environ.get('STAGE') or 'live'
include('parts/*.py', f'stages/{STAGE}.py', optional(f'more/{STAGE}.py'))
",
        ),
        ("config/__init__.py", ""),
        (
            "config/settings/parts/base.py",
            "INSTALLED_APPS = []\nROOT_URLCONF = 'urls'\nHERE = __file__\n",
        ),
        ("config/settings/stages/live.py", "DEBUG = False\n"),
        ("config/settings/stages/local.py", "DEBUG = True\n"),
        ("config/settings/more/local.py", "MORE = True\n"),
    ];
    let expected = "\
DEBUG = False <if `STAGE == \"live\"`> | True <if not `STAGE == \"live\"`>
HERE = '<root>/config/settings/__init__.py'
MORE = True <if `STAGE == \"local\"`> | <not set> <if not `STAGE == \"local\"`>
ROOT_URLCONF = 'urls'
STAGE = <STAGE, else 'live'>
";
    assert_eq!(shown(&files), expected);
    let unset = shown_in(&files, &[("STAGE", None)]);
    assert!(
        unset.contains("DEBUG = False\n") && !unset.contains("MORE"),
        "{unset}"
    );
}

#[test]
fn an_entry_that_a_variable_chooses_is_one_of_all() {
    let text = "
import os
STAGE = os.environ.get('STAGE', 'live')
A = {'local': 1, 'live': 2}[STAGE]
B = {'local': 1, 'live': 2}.get(STAGE, 3)
";
    let shown = one(text);
    assert!(
        shown.contains("A = 1 <if `STAGE == \"local\"`> | 2 <if"),
        "{shown}"
    );
    assert!(shown.contains("| 3 <if"), "{shown}");
}

#[test]
fn names_are_data_too() {
    let text = "
import sys
from shop import flags
FOUND = sorted(vars(flags))
for name, value in {'A': 1, 'b': 2}.items():
    if name.isupper():
        globals()[name] = value
setattr(sys.modules[__name__], 'SET', True)
globals().update({k: v for k, v in vars(flags).items() if k.isupper()})
UNIQUE = list(dict.fromkeys(['x', 'y', 'x']))
LAST_FIRST = [name for _, name in sorted(enumerate(['p', 'q']), reverse=True)]
STRIPPED = list(map(str.strip, [' s ']))
";
    let expected = "\
A = 1
FLAG = True
FOUND = ['FLAG', 'lower']
LAST_FIRST = ['q', 'p']
SET = True
STRIPPED = ['s']
UNIQUE = ['x', 'y']
";
    let whole = format!("{HEAD}{text}");
    let files = [
        ("settings.py", whole.as_str()),
        ("shop/__init__.py", ""),
        ("shop/flags.py", "FLAG = True\nlower = 1\n"),
    ];
    let shown = shown(&files);
    let own: String = shown
        .lines()
        .filter(|line| !line.starts_with("ROOT_URLCONF") && !line.starts_with("WSGI_APP"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(own, expected);
}

#[test]
fn libraries_in_their_less_usual_forms() {
    let text = "
import environ
from datetime import timedelta
from environs import env as other
from typing import TYPE_CHECKING
env = environ.Env()
env.prefix = 'SHOP_'
DEBUG = env.bool('DEBUG', default=False)
root = environ.Path(__file__) - 1
MEDIA = root('media')
CACHE = str(root.path('media', 'cache'))
HOSTS = other.list('HOSTS', ['*'])
DAYS = timedelta(days=365, hours=1).days
if TYPE_CHECKING:
    NEVER = True
";
    let expected = "\
CACHE = '<root>/media/cache'
DAYS = 365
DEBUG = <SHOP_DEBUG as bool, else False>
HOSTS = <HOSTS as list, else ['*']>
MEDIA = '<root>/media'
TYPE_CHECKING = False
";
    assert_eq!(one(text), expected);
    let whole = format!("{HEAD}{text}");
    let empty = shown_in(&[("settings.py", &whole)], &[("HOSTS", Some(""))]);
    assert!(empty.contains("HOSTS = []\n"), "{empty}");
}

#[test]
fn what_else_would_raise_stays_worth_trying() {
    let text = "
import os
def flag(text):
    if text in ('1', 'yes'):
        return True
    elif text in ('0', 'no'):
        return False
    raise ValueError(text)
A = flag(os.environ.get('A', '1'))
";
    let whole = format!("{HEAD}{text}");
    let sources = Sources::in_memory(&[("settings.py", &whole)]);
    let project = Project::from_sources(&sources);
    let production = project.settings.production().unwrap();
    let super::Kind::OneOf(ways) = &production.get("A").unwrap().value.kind else {
        panic!("one of two");
    };
    let fact = &ways[0].when.facts()[0];
    let others: Vec<_> = fact.test.beside.iter().map(|test| &*test.text).collect();
    assert_eq!(others, ["A in [\"0\", \"no\"]"]);
}

#[test]
fn what_the_server_starts_with_has_the_last_word_if_it_leads_on() {
    let production = "INSTALLED_APPS = []\nROOT_URLCONF = 'urls'\nDEBUG = False\n";
    let chosen = |start: &str| {
        let sources = Sources::in_memory(&[
            ("shop/__init__.py", ""),
            ("shop/settings/__init__.py", start),
            ("shop/settings/production.py", production),
            (
                "shop/wsgi.py",
                "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
            ),
        ]);
        let project = Project::from_sources(&sources);
        project.settings.production().unwrap().name.clone()
    };
    assert_eq!(
        chosen(
            "import os\nif os.environ.get('STAGE') != 'local':\n    from .production import *\n"
        ),
        "shop.settings"
    );
    assert_eq!(chosen(production), "shop.settings.production");
}

#[test]
fn where_a_variable_is_set_no_default_comes_out() {
    let text = "
import os
A = []
if 'A' in os.environ and os.environ['A'] != '':
    A = os.getenv('A', '').split(',')
B = 0
if os.environ.get('B'):
    B = os.environ.get('B', 'none')
";
    let shown = one(text);
    assert!(shown.contains("A = <A as list, required> <if"), "{shown}");
    assert!(
        shown.contains("<B, required>") || shown.contains("B = <B, else 0>"),
        "{shown}"
    );
}

#[test]
fn an_example_of_an_environment_says_nothing_about_values() {
    let settings = format!("{HEAD}import os\nSECRET_KEY = os.environ['KEY']\n");
    let files = [
        ("settings.py", settings.as_str()),
        (".env.example", "KEY=change-me\n"),
        (".env", "KEY=from-a-laptop\n"),
    ];
    assert!(shown(&files).contains("SECRET_KEY = <KEY, required>\n"));
}

const SERVED: &str = "FROM python:3.12\nENV DEBUG=False HOSTS=a.example,b.example PORT=x\n\
                      CMD [\"gunicorn\", \"w\"]\n";

#[test]
fn what_the_deployment_gives_is_what_production_runs_with() {
    let text = "
import os
DEBUG = os.environ.get('DEBUG') == 'True'
ALLOWED_HOSTS = os.environ['HOSTS'].split(',')
if not DEBUG:
    SECURE_HSTS_SECONDS = 60
SITE = os.environ.get('SITE')
";
    let settings = format!("{HEAD}{text}");
    let sources = Sources::in_memory(&[("settings.py", &settings), ("Dockerfile", SERVED)]);
    let project = Project::from_sources(&sources);
    let production = project.settings.production().unwrap();
    let shown = lines(production);
    for line in [
        "DEBUG = False",
        "ALLOWED_HOSTS = ['a.example', 'b.example']",
        "SECURE_HSTS_SECONDS = 60",
        "SITE = <SITE, else None>",
    ] {
        assert!(
            shown.lines().any(|own| own.starts_with(line)),
            "{line} in {shown}"
        );
    }
    let debug = production.get("DEBUG").unwrap();
    let by: Vec<_> = debug.places.iter().map(|part| part.what.clone()).collect();
    assert_eq!(by, [What::Given("DEBUG=False".into()), What::Assigned]);
    let own = debug.place().unwrap();
    assert_eq!(&*sources.file(own.file).path, "settings.py");
    let written = production.as_written().get("DEBUG").unwrap();
    assert_eq!(written.value.variables().len(), 1);
    // What is assumed goes before what is given.
    let assumptions = Assumptions {
        environment: vec![("DEBUG".to_owned(), Some("True".to_owned()))],
        ..Assumptions::default()
    };
    let otherwise = production.under(&project.modules, &sources, &assumptions);
    assert!(lines(&otherwise).contains("DEBUG = True"));
    assert!(lines(&otherwise).contains("['a.example', 'b.example']"));
}

#[test]
fn an_environment_with_which_settings_fail_is_not_theirs() {
    let text = "import os\nPORT = int(os.environ.get('PORT', '1'))\n";
    let settings = format!("{HEAD}{text}");
    let shown = shown(&[("settings.py", &settings), ("Dockerfile", SERVED)]);
    assert!(shown.contains("PORT = <PORT as int, else 1>"), "{shown}");
}

#[test]
fn the_deployment_names_the_class_of_a_configuration() {
    let settings = "\
from configurations import Configuration
class Shop(Configuration):
    NAME = 'shop'
class Market(Configuration):
    NAME = 'market'
";
    let image = "FROM python:3.12\nENV DJANGO_SETTINGS_MODULE=settings DJANGO_CONFIGURATION=Shop\nCMD gunicorn w\n";
    let shown = shown(&[("settings.py", settings), ("Dockerfile", image)]);
    assert!(shown.contains("NAME = 'shop'"), "{shown}");
}

#[test]
fn an_empty_package_is_not_what_production_runs_with() {
    let starter = |settings: &str| {
        format!("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', '{settings}')\n")
    };
    let text = format!("{HEAD}NAME = 'shop'\n");
    let shown = shown(&[
        ("core/wsgi.py", &starter("core.settings")),
        ("manage.py", &starter("core.settings.shop")),
        ("core/settings/__init__.py", ""),
        ("core/settings/shop.py", &text),
    ]);
    assert!(shown.contains("NAME = 'shop'"), "{shown}");
}

#[test]
fn modules_know_where_they_are() {
    let text = "\
import os, plugins
from plugins import load
FOLDER = os.path.dirname(plugins.__file__)
try:
    import plugins
    load(os.path.dirname(plugins.__file__))
except ImportError:
    pass
DEBUG = False
";
    let load = "import glob, inspect\ndef load(folder):\n    names = inspect.stack()[1][0].f_globals\n    \
                for path in glob.glob(folder + '/*.py'):\n        exec(open(path).read(), names)\n";
    let sources = Sources::in_memory(&[
        ("settings.py", &format!("{HEAD}{text}")),
        ("plugins/__init__.py", load),
    ]);
    let project = Project::from_sources(&sources);
    let production = project.settings.production().unwrap();
    assert_eq!(production.fails(), None);
    assert_eq!(production.open(), Some("names that `exec` may set"));
    assert!(lines(production).contains("FOLDER = '<root>/plugins'\n"));
}

#[test]
fn what_raises_only_on_one_way_is_caught_only_there() {
    let text = "
import os
def cast(text):
    if text in ['true', '1']:
        return True
    elif text in ['false', '0']:
        return False
    raise ValueError('neither')
def asked(name):
    text = os.environ.get(name, 'true')
    try:
        return cast(text)
    except ValueError:
        raise RuntimeError('asked')
A = asked('A')
try:
    B = cast(os.environ['B'])
except (KeyError, ValueError):
    B = None
C = 1
";
    let expected = "\
A = False <if not `A in [\"true\", \"1\"]`> | True <if `A in [\"true\", \"1\"]`>
";
    let shown = one(text);
    assert!(shown.starts_with(expected), "{shown}");
    assert!(shown.contains("C = 1\n"), "{shown}");
    let b = shown.lines().find(|line| line.starts_with("B = ")).unwrap();
    for way in ["True <if", "False <if", "None <if"] {
        assert!(b.contains(way), "{b}");
    }
}

#[test]
fn arguments_may_be_given_by_name() {
    let text = "
import copy, json
from django.utils.translation import gettext_lazy as _
A = _(message='Arabic')
B = json.loads(s='[1]')
C = copy.copy(x=B)
D = 1
";
    let expected = "A = 'Arabic'\nB = [1]\nC = [1]\nD = 1\n";
    assert_eq!(one(text), expected);
}

/// Each fork leaves two of every entry whose key is not known: after forty there would be more than
/// any machine holds.
#[test]
fn entries_without_known_keys_do_not_grow_with_every_fork() {
    let forks = (0..40).map(|number| {
        format!("MAP[away.name{number}] = 1\nif away.asks({number}):\n    MAP[away.other] = 1\n")
    });
    let head = "import os\nfrom far import away\nMAP = {'kept': 1}\n";
    let settings = format!("{head}{}", forks.collect::<String>());
    let sources = Sources::in_memory(&[
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
        ),
        ("settings.py", &settings),
    ]);
    let project = Project::from_sources(&sources);
    let production = project.settings.production().expect("there are settings");
    let kept = production.at(&["MAP", "kept"]);
    assert_eq!(kept.kind, Kind::Int(1));
}

#[test]
fn what_dynaconf_merges_is_not_all() {
    let text = "INSTALLED_APPS = ['shop', 'dynaconf_merge']\n\
                EXTRA = {'A': 1, 'dynaconf_merge': True}\nPLAIN = ['A']\n";
    let sources = Sources::in_memory(&[
        ("settings.py", &format!("{HEAD}{text}")),
        ("shop/__init__.py", ""),
    ]);
    let project = Project::from_sources(&sources);
    let module = project.settings.production().unwrap();
    assert!(module.open().is_some_and(|why| why.contains("Dynaconf")));
    assert!(!project.apps.is_complete);
    let shown = lines(module);
    assert!(shown.contains("PLAIN = ['A']\n"), "{shown}");
    assert!(!shown.contains("EXTRA = {'A': 1}\n"), "{shown}");
}
