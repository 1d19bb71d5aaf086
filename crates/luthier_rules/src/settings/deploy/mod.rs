//! Django's own checks of settings, judged without running them.
//!
//! A rule of this kind is a [`DeployCheck`]: one id of Django's and a function that says what Django
//! would report for the settings of a [`View`], or that it cannot be known. [`check`] asks it about
//! the settings of production as they are known from the code. Where only environment variables
//! are missing to know, the settings are evaluated again with these variables in each state that
//! could make a difference ([`worlds`]): reported in all of them is a finding, in some of them
//! "depends on", in none nothing.

pub(super) mod languages;
pub(super) mod paths;
mod view;
mod worlds;

use luthier_diagnostics::{Confidence, Location};
use luthier_project::Place;
use luthier_project::django::checks;
use luthier_project::settings::{Contribution, Setting, SettingsModule, What};
use luthier_source::Span;

use crate::context::Context;

pub(super) use view::{View, all, any, contains, each, not, truth};

/// What Django says under one evaluation of the settings: `None` where that cannot be known.
pub(super) type Verdict = Option<Vec<Problem>>;

/// One message that Django would print.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    /// The setting that it is about.
    pub(super) setting: &'static str,
    /// Where, if the setting's own place is not exact enough.
    pub(super) place: Option<Place>,
    pub(super) message: String,
    pub(super) help: &'static str,
}

impl Problem {
    pub(super) fn new(
        setting: &'static str,
        message: impl Into<String>,
        help: &'static str,
    ) -> Self {
        Self {
            setting,
            place: None,
            message: message.into(),
            help,
        }
    }

    pub(super) fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }
}

/// What each installation of a package decides by itself: certificates, hosts, keys, `DEBUG`.
const LEFT_TO_SITES: [&str; 10] = [
    "security.W004",
    "security.W005",
    "security.W008",
    "security.W009",
    "security.W012",
    "security.W016",
    "security.W018",
    "security.W020",
    "security.W021",
    "security.W025",
];

/// The verdict of a check that has one message to give.
pub(super) fn report_if(reported: Option<bool>, problem: impl FnOnce() -> Problem) -> Verdict {
    reported.map(|reported| {
        if reported {
            vec![problem()]
        } else {
            Vec::new()
        }
    })
}

/// One id of Django's.
#[derive(Debug)]
pub(super) struct DeployCheck {
    pub(super) id: &'static str,
    /// Texts worth trying where a variable's text becomes the value, with a name for each.
    pub(super) samples: &'static [(&'static str, &'static str)],
    pub(super) judge: fn(&View<'_>) -> Verdict,
}

/// Reports what Django would report for the settings of production.
pub(super) fn check(context: &mut Context<'_>, check: &DeployCheck) {
    let (project, sources) = (context.project, context.sources);
    let table = checks::by_code(context.rule().code);
    if !table.is_some_and(|table| table.exists_in(project.django.version)) {
        return;
    }
    let Some(module) = project.settings.production() else {
        return;
    };
    if module.fails().is_some() {
        return;
    }
    let view = View::new(project, sources, module);
    let verdict = match unsilenced(check, &view) {
        Some(problems) => problems,
        None => match worlds::across(context, check, module, &view.read_settings()) {
            worlds::Across::Always(problems) => problems,
            worlds::Across::Varies(depends) => {
                for depends in depends {
                    context.depends_on(depends);
                }
                return;
            }
            worlds::Across::Nothing => return,
            worlds::Across::Unknown => {
                context.cannot_decide();
                return;
            }
        },
    };
    for problem in verdict {
        report(context, check, module, &problem);
    }
}

/// What the check says, less what `SILENCED_SYSTEM_CHECKS` silences.
fn unsilenced(check: &DeployCheck, view: &View<'_>) -> Verdict {
    let problems = (check.judge)(view)?;
    if problems.is_empty() {
        return Some(problems);
    }
    match view.contains("SILENCED_SYSTEM_CHECKS", check.id) {
        Some(true) => Some(Vec::new()),
        Some(false) => Some(problems),
        None => None,
    }
}

fn report(
    context: &mut Context<'_>,
    check: &DeployCheck,
    module: &SettingsModule,
    problem: &Problem,
) {
    let setting = module.get(problem.setting);
    let own = setting.and_then(Setting::place);
    let Some(location) = problem.place.or(own).or_else(|| beginning(context, module)) else {
        return;
    };
    let others = setting.map_or(Vec::new(), |setting| {
        let parts = setting.places.iter();
        let parts = parts.filter_map(|part| Some((part.place?, words(part, setting))));
        parts.filter(|(place, _)| *place != location).collect()
    });
    let is_whole = module.optional().is_empty() && module.open().is_none();
    // A package's module of settings without apps serves an app, or is taken up by others.
    let is_part = module.get("INSTALLED_APPS").is_none();
    let is_left = LEFT_TO_SITES.contains(&check.id) || is_part;
    let is_for_others = is_left && are_defaults(context, module);
    if is_for_others {
        context.cannot_decide();
    }
    let mut reported = context.report(location, problem.message.clone());
    reported
        .help(problem.help)
        .symbol(problem.setting)
        .django_check(check.id);
    match (is_for_others, is_whole) {
        (true, _) => reported.confidence(Confidence::Possible),
        (false, false) => reported.confidence(Confidence::Likely),
        (false, true) => &mut reported,
    };
    for (place, message) in others {
        reported.related(place, message);
    }
}

/// What one of the places that lead to a setting has to do with it.
fn words(part: &Contribution, setting: &Setting) -> String {
    match &part.what {
        What::Given(variable) => format!("the environment holds `{variable}`"),
        _ => format!("`{}` is set here too", setting.name),
    }
}

/// Whether the settings are a package's defaults, which a file or module of each site replaces.
fn are_defaults(context: &Context<'_>, module: &SettingsModule) -> bool {
    !module.optional().is_empty() || context.project.is_distributed
}

/// The first line of the settings module: where a setting that is missing would have to be.
fn beginning(context: &Context<'_>, module: &SettingsModule) -> Option<Location> {
    let file = context.project.modules.get(module.module).file?;
    let text = &context.sources.file(file).text;
    let line = text.find('\n').unwrap_or(text.len());
    Some(Location::new(file, Span::new(0, line as u32)))
}
