use luthier_diagnostics::{Category, Dimension, Severity};

use super::celery_settings::find;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// Celery's workers accept pickled messages.
    ///
    /// ## Why it matters
    ///
    /// Unpickling runs code that the message names. Whoever can write to the broker, with a leaked
    /// password or through another service that shares it, runs what they like in every worker.
    ///
    /// ## Project
    ///
    /// ```python file=manage.py
    /// import os
    /// os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    /// ```
    ///
    /// ```python file=config/__init__.py
    /// ```
    ///
    /// ```python file=config/celery.py
    /// from celery import Celery
    ///
    /// app = Celery("shop")
    /// app.config_from_object("django.conf:settings", namespace="CELERY")
    /// ```
    ///
    /// ## Bad
    ///
    /// ```python file=config/settings.py
    /// CELERY_TASK_SERIALIZER = "json"
    /// CELERY_ACCEPT_CONTENT = ["json", "pickle"]  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// ```python file=config/settings.py
    /// CELERY_ACCEPT_CONTENT = ["json"]
    /// ```
    ///
    /// Other settings of the same look are not Celery's here.
    ///
    /// ```python file=config/settings.py
    /// ACCEPT_CONTENT = ["pickle"]
    /// ```
    RULE = {
        code: "TSK007",
        name: "pickle-accepted",
        severity: Severity::Error,
        category: Category::Tasks,
        dimension: Some(Dimension::Security),
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let mut places = Vec::new();
    for app in &project.tasks.apps {
        for name in ["accept_content", "task_serializer", "result_serializer"] {
            let found = find(project, app, name);
            let pickles = found
                .texts()
                .iter()
                .any(|text| matches!(text.as_str(), "pickle" | "application/x-python-serialize"));
            if let Some(place) = found
                .place()
                .filter(|place| pickles && !places.iter().any(|(known, _)| known == place))
            {
                places.push((place, name));
            }
        }
    }
    let Some(((first, name), others)) = places.split_first() else {
        return;
    };
    let mut reported = ctx.report(
        *first,
        format!("`{name}` lets messages carry code: it names `pickle`"),
    );
    reported.help("use `json`, and pass keys of rows instead of objects");
    for (place, name) in others {
        reported.related(*place, format!("`{name}` names it too"));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::check;

    #[test]
    fn old_names_the_app_and_its_module_count() {
        check(
            &RULE,
            "
--- config/__init__.py
--- config/celery.py
from celery import Celery
app = Celery('a')
app.conf.update(task_serializer='pickle')  # fires
",
        );
        check(
            &RULE,
            "
--- config/__init__.py
--- config/celery.py
from celery import Celery
app = Celery('a')
app.config_from_object('config.celeryconfig')
--- config/celeryconfig.py
accept_content = {'application/x-python-serialize'}  # fires
",
        );
        check(
            &RULE,
            "
--- manage.py
import os
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')
--- config/__init__.py
--- config/settings.py
CELERY_TASK_SERIALIZER = 'pickle'  # fires
--- config/celery.py
from celery import Celery
app = Celery('a')
app.config_from_object('django.conf:settings')
",
        );
    }
}
