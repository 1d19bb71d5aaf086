//! What is remembered of calls changes no setting in any world.

use luthier_source::Sources;

use crate::Project;
use crate::settings::{Assumptions, SettingsModule};

/// What no check asks for is left out of worlds.
fn lines(module: &SettingsModule) -> Vec<String> {
    let settings = module.settings().iter();
    settings
        .filter(|setting| &*setting.name != "ROOT_URLCONF")
        .map(|setting| format!("{} = {:?}", setting.name, setting.value))
        .collect()
}

/// Production of these settings in every world that some variables make, each not set, empty, `1`, or `two`;
/// the second time nothing is left to be run for the first time. Gives how many calls were remembered.
fn worlds_are_as_they_are_alone(text: &str, variables: &[&str]) -> usize {
    let head = "import os\nINSTALLED_APPS = []\nROOT_URLCONF = 'urls'\nWSGI_APPLICATION = 'w'\n";
    let settings = format!("{head}{text}");
    let sources = Sources::in_memory(&[("settings.py", settings.as_str())]);
    let project = Project::from_sources(&sources);
    let production = project.settings.production().expect("a production module");
    let states = [None, Some(""), Some("1"), Some("two")];
    let worlds = states.len().pow(variables.len() as u32);
    for world in 0..worlds {
        let in_state = |(index, name): (usize, &&str)| {
            let state = world / states.len().pow(index as u32) % states.len();
            ((*name).to_owned(), states[state].map(str::to_owned))
        };
        let assumptions = Assumptions {
            environment: variables.iter().enumerate().map(in_state).collect(),
            ..Assumptions::default()
        };
        let remembering = project
            .settings
            .production_in(&project.modules, &sources, &assumptions)
            .expect("a production module");
        let alone = production.under(&project.modules, &sources, &assumptions);
        assert_eq!(lines(&remembering), lines(&alone), "{assumptions:?}");
        assert_eq!(remembering.fails(), alone.fails(), "{assumptions:?}");
    }
    project.settings.remembered_calls()
}

#[test]
fn a_call_is_remembered_by_the_variables_that_it_reads() {
    let text = "
def get(name, default=None, is_bool=False):
    for key in ['SHOP_' + name, name]:
        value = os.environ.get(key)
        if value is not None:
            if is_bool:
                return value.lower() in ('1', 'true')
            return value
    return default
DEBUG = get('DEBUG', True, is_bool=True)
TIME_ZONE = get('ZONE', 'UTC')
LANGUAGE_CODE = get('LANGUAGE', 'en')
EMAIL_HOST = get('DEBUG', default='localhost')
";
    // Two calls in four states of `DEBUG`, and in three of the variable that comes before it; two more
    // whose variables are not known.
    let remembered = worlds_are_as_they_are_alone(text, &["DEBUG", "SHOP_DEBUG"]);
    assert_eq!(remembered, 2 * (4 + 3) + 2);
}

#[test]
fn what_raises_for_some_texts_does_so_in_every_world() {
    let text = "
def number(name):
    value = os.environ.get(name, '5')
    if value not in ('1', '5'):
        raise ValueError(value)
    return int(value)
EMAIL_PORT = number('PORT')
FILE_UPLOAD_MAX_MEMORY_SIZE = number('SIZE')
EMAIL_TIMEOUT = 1 if os.environ.get('SIZE', '5') == '5' else 2
try:
    CACHE_MIDDLEWARE_SECONDS = number('PORT')
except ValueError:
    CACHE_MIDDLEWARE_SECONDS = 0
";
    assert!(worlds_are_as_they_are_alone(text, &["PORT"]) > 0);
    assert!(worlds_are_as_they_are_alone(text, &["PORT", "SIZE"]) > 0);
}

#[test]
fn what_hangs_on_more_than_variables_is_not_remembered_without_it() {
    let text = "
prefix = os.environ.get('PREFIX', 'a')
seen = []
def prefixed(name):
    return prefix + os.environ.get(name, '')
def with_default(name, default=prefix):
    return os.environ.get(name) or default
def noted(name):
    seen.append(name)
    return os.environ.get(name)
def counted(name):
    return len(seen) and os.environ.get(name)
TIME_ZONE = prefixed('ZONE')
LANGUAGE_CODE = with_default('LANGUAGE')
EMAIL_HOST = noted('HOST')
DEBUG = bool(counted('DEBUG'))
ALLOWED_HOSTS = seen
if prefix == '1':
    seen.append('more')
    def prefixed(name):
        return os.environ.get(name, 'other')
EMAIL_SUBJECT_PREFIX = prefixed('ZONE')
";
    worlds_are_as_they_are_alone(text, &["PREFIX", "HOST"]);
    worlds_are_as_they_are_alone(text, &["ZONE", "PREFIX"]);
}

#[test]
fn what_was_assumed_or_set_before_holds_in_a_call() {
    let text = "
def get(name):
    return os.environ.get(name, 'nothing')
def is_given(name):
    return name in os.environ
if os.environ.get('ZONE') == 'two':
    TIME_ZONE = get('ZONE')
else:
    TIME_ZONE = get('ZONE') + is_given('ZONE') * '!'
if 'HOST' in os.environ:
    EMAIL_HOST = get('HOST')
os.environ.setdefault('LANGUAGE', get('ZONE'))
LANGUAGE_CODE = get('LANGUAGE')
for DEFAULT_CHARSET in ['HOST', 'ZONE']:
    SECRET_KEY = get(DEFAULT_CHARSET)
    DEBUG = is_given(DEFAULT_CHARSET)
";
    worlds_are_as_they_are_alone(text, &["ZONE"]);
    worlds_are_as_they_are_alone(text, &["HOST", "LANGUAGE"]);
}
