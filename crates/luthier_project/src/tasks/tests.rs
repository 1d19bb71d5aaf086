use luthier_source::Sources;

use super::*;
use crate::Project;

fn outline(files: &[(&str, &str)]) -> String {
    let sources = Sources::in_memory(files);
    let project = Project::from_sources(&sources);
    let tasks = &project.tasks;
    let options = |options: &[TaskOption]| {
        options
            .iter()
            .map(|option| option.name.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut lines: Vec<String> = tasks
        .systems
        .iter()
        .map(|(system, _)| format!("system {system:?}"))
        .collect();
    for app in &tasks.apps {
        let config = match &app.config {
            CeleryConfig::Module(module) => project.modules.get(*module).name.clone(),
            other => format!("{other:?}"),
        };
        lines.push(format!("app {config} [{}]", options(&app.options)));
    }
    lines.extend(tasks.tasks.iter().map(|task| {
        format!(
            "task {} [{}]{}",
            task.name,
            options(&task.options),
            if task.is_open { " open" } else { "" }
        )
    }));
    lines.extend(
        tasks
            .schedules
            .iter()
            .map(|entry| format!("beat {} {:?}", entry.name, entry.task)),
    );
    lines.extend(tasks.calls.iter().map(|call| match &call.target {
        CallTarget::Task(task) => format!("call {}.{}", tasks.tasks[*task].name, call.method),
        CallTarget::Name(name) => format!("send {name}"),
    }));
    lines.join("\n")
}

#[test]
fn celery_is_understood() {
    let found = outline(&[
        (
            "config/__init__.py",
            "from .celery import app as celery_app\n",
        ),
        (
            "config/celery.py",
            "from celery import Celery\napp = Celery('shop', task_time_limit=60)\napp.config_from_object('django.conf:settings', namespace='CELERY')\n\
             app.conf.task_acks_late = True\napp.conf.update(worker_prefetch_multiplier=1)\n\
             app.conf.beat_schedule = {'nightly': {'task': 'shop.tasks.clean', 'schedule': 60}}\n",
        ),
        (
            "shop/tasks.py",
            "import celery\nfrom celery import shared_task, Task\nfrom config import celery_app\nfrom config.celery import app\n\
             @shared_task\ndef clean(): pass\n@shared_task(bind=True, time_limit=5, name='ship-it')\ndef ship(self): pass\n\
             @celery_app.task(**OPTIONS)\ndef a(): pass\n@app.task()\ndef b(): pass\n@celery.shared_task\ndef c(): pass\n\
             class Big(Task):\n    soft_time_limit = 3\n    def run(self): pass\nclass Base(Task): abstract = True\n\
             @other.task\ndef no(): pass\n",
        ),
        (
            "shop/views.py",
            "from shop import tasks\nfrom shop.tasks import ship\nfrom celery import current_app\ndef view(request):\n    tasks.clean.delay(1)\n    ship.apply_async(args=[2])\n    current_app.send_task('x.y')\n    other.delay()\n",
        ),
        (
            "shop/tests/test_x.py",
            "from celery import shared_task\n@shared_task\ndef helper(): pass\n",
        ),
    ]);
    let expected = "\
system Celery
app Settings { namespace: Some(\"CELERY\") } [task_time_limit task_acks_late worker_prefetch_multiplier beat_schedule]
task shop.tasks.clean []
task ship-it [bind time_limit name]
task shop.tasks.a [] open
task shop.tasks.b []
task shop.tasks.c []
task shop.tasks.Big [soft_time_limit]
beat nightly Some(\"shop.tasks.clean\")
call shop.tasks.clean.delay
call ship-it.apply_async
send x.y";
    assert_eq!(found, expected);
}

#[test]
fn configuration_may_be_a_module() {
    let found = outline(&[
        (
            "worker/app.py",
            "from celery import Celery\nclass Own(Celery): pass\nqueue = Own()\nqueue.config_from_object('worker.celeryconfig')\n",
        ),
        (
            "worker/celeryconfig.py",
            "task_soft_time_limit = 30\naccept_content = ['json']\n",
        ),
        (
            "worker/jobs.py",
            "from worker.app import queue\n@queue.task\ndef job(): pass\n",
        ),
    ]);
    let expected = "system Celery\napp worker.celeryconfig [task_soft_time_limit accept_content]\ntask worker.jobs.job []";
    assert_eq!(found, expected);
}

#[test]
fn other_systems_are_recognised() {
    let found = outline(&[
        (
            "a.py",
            "from django.tasks import task\nimport django_rq\nfrom huey.contrib.djhuey import db_task\n",
        ),
        ("requirements.txt", "dramatiq==1\n"),
    ]);
    assert_eq!(
        found,
        "system Dramatiq\nsystem Huey\nsystem Rq\nsystem DjangoTasks"
    );
}

#[test]
fn schedules_say_how_often() {
    let sources = Sources::in_memory(&[(
        "worker.py",
        "from celery import Celery\nfrom celery.schedules import crontab\nfrom datetime import timedelta\n\
         app = Celery('shop')\napp.conf.beat_schedule = {\n\
         'a': {'task': 'x', 'schedule': 60.0}, 'b': {'task': 'x', 'schedule': timedelta(minutes=5, seconds=1)},\n\
         'c': {'task': 'x', 'schedule': crontab()}, 'd': {'task': 'x', 'schedule': crontab(minute='*/10')},\n\
         'e': {'task': 'x', 'schedule': crontab(minute=5)}, 'f': {'task': 'x', 'schedule': crontab(hour=3, minute=0)},\n\
         'g': {'task': 'x', 'schedule': EVERY}, 'h': {'task': 'x', 'schedule': timedelta(unknown)}}\n",
    )]);
    let project = Project::from_sources(&sources);
    let every: Vec<_> = project
        .tasks
        .schedules
        .iter()
        .map(|entry| entry.every)
        .collect();
    let expected = [
        Some(60),
        Some(301),
        Some(60),
        Some(600),
        Some(3600),
        None,
        None,
        None,
    ];
    assert_eq!(every, expected);
}
