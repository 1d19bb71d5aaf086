//! Are static files collected somewhere, served by something, under hashed names?

use luthier_diagnostics::review::Evidence;
use luthier_project::django::DjangoVersion;
use luthier_project::settings::{Kind, SettingsModule, Value};

use super::super::answer::{Answer, Verdict};
use super::super::sheet::{Sheet, at, package};

/// What is known about static files; the rubric and the checklist ask for parts of it.
pub(in crate::review) struct StaticFiles {
    pub(in crate::review) answer: Answer,
    pub(in crate::review) served: Answer,
    pub(in crate::review) hashed: Answer,
}

/// Storages that put files where a browser fetches them without Django.
const REMOTE: &[&str] = &[
    "storages.",
    "s3",
    "S3",
    "gcloud",
    "azure",
    "cloudinary",
    "boto",
];
/// Storages with a hash of the content in each name.
const HASHED: &[&str] = &["Manifest", "Cached"];
/// Web servers and proxies that images are named after.
const SERVERS: &[&str] = &["nginx", "caddy", "traefik", "httpd", "apache", "openresty"];

pub(super) fn judge(sheet: Sheet<'_>) -> StaticFiles {
    let all = |answer: Answer| StaticFiles {
        served: answer.clone(),
        hashed: answer.clone(),
        answer,
    };
    let Some(settings) = sheet.settings() else {
        return all(sheet.no_settings());
    };
    if let Some(apps) = settings.effective("INSTALLED_APPS")
        && !apps.value.may_contain("django.contrib.staticfiles")
    {
        return all(Answer::not_applicable("no static files"));
    }
    let storage = storage(settings, sheet.project.django.version);
    let served = served(sheet, settings, &storage);
    let hashed = hashed(&storage);
    let collected = collected(settings, &storage);
    let parts = [&collected, &served, &hashed];
    let verdict = if parts.iter().any(|part| part.verdict == Verdict::No) {
        Verdict::No
    } else if parts.iter().all(|part| part.verdict == Verdict::Yes) {
        Verdict::Yes
    } else {
        Verdict::Unknown
    };
    // Of a failure only what fails is told.
    let told = parts
        .iter()
        .filter(|part| verdict != Verdict::No || part.verdict == Verdict::No);
    let note: Vec<&str> = told.clone().map(|part| part.note.as_str()).collect();
    let evidence = told.flat_map(|part| part.evidence.clone());
    StaticFiles {
        answer: Answer::new(verdict, note.join(", ")).at(evidence),
        served,
        hashed,
    }
}

/// The storage of static files: of `STORAGES`, or of the setting that came before it and that Django
/// reads until 5.0.
fn storage(settings: &SettingsModule, django: DjangoVersion) -> Value {
    let new = settings.at(&["STORAGES", "staticfiles", "BACKEND"]);
    let is_read = django < DjangoVersion::new(5, 1) && settings.get("STORAGES").is_none();
    match settings.get("STATICFILES_STORAGE") {
        Some(old) if is_read => old.value.clone(),
        _ => new,
    }
}

fn collected(settings: &SettingsModule, storage: &Value) -> Answer {
    if is_remote(storage) {
        return Answer::yes("object storage").at(seen(storage, "storage"));
    }
    match settings
        .effective("STATIC_ROOT")
        .map(|setting| setting.value)
    {
        None => Answer::no("STATIC_ROOT is not set"),
        Some(root) => match &root.kind {
            Kind::None | Kind::Unset => Answer::no("STATIC_ROOT is not set"),
            Kind::Unknown(_) => Answer::unknown("STATIC_ROOT was not understood"),
            _ => Answer::yes("STATIC_ROOT").at(seen(&root, "STATIC_ROOT")),
        },
    }
}

fn served(sheet: Sheet<'_>, settings: &SettingsModule, storage: &Value) -> Answer {
    if is_remote(storage) {
        return Answer::yes("object storage").at(seen(storage, "storage"));
    }
    let middleware = settings.effective("MIDDLEWARE");
    let whitenoise = middleware.as_ref().and_then(|middleware| {
        let strings = middleware.value.strings();
        let (_, item) = strings
            .into_iter()
            .find(|(text, _)| text.starts_with("whitenoise."))?;
        Some(Answer::yes("WhiteNoise").at(seen(&item.value, "WhiteNoise")))
    });
    if let Some(whitenoise) = whitenoise {
        return whitenoise;
    }
    let service = sheet.project.deployment.services.iter().find(|service| {
        let image = service.image.as_deref().unwrap_or("");
        SERVERS
            .iter()
            .any(|server| image.contains(server) || service.name.contains(server))
    });
    if let Some(service) = service {
        let place = at(service.place, format!("the service `{}`", service.name));
        return Answer::yes("a web server in front").at([place]);
    }
    let url = settings.effective("STATIC_URL");
    if let Some(text) = url.as_ref().and_then(|url| url.value.as_str())
        && (text.starts_with("https://") || text.starts_with("//"))
    {
        return Answer::yes("a CDN")
            .at(url.as_ref().and_then(|url| seen(&url.value, "STATIC_URL")));
    }
    let is_known = middleware.is_some_and(|middleware| middleware.value.is_closed_list());
    let has_package = sheet.uses(&[package("whitenoise", "whitenoise")]);
    if let Some(used) = has_package {
        return Answer::unknown("WhiteNoise is installed, its middleware was not seen")
            .at([used.evidence()]);
    }
    if is_known && sheet.project.deployment.is_described() {
        return Answer::no("nothing serves them: no WhiteNoise, web server or object storage");
    }
    Answer::unknown("who serves them was not seen")
}

fn hashed(storage: &Value) -> Answer {
    match &storage.kind {
        Kind::Str(text) | Kind::Reference(text) => {
            let place = seen(storage, "storage");
            if HASHED.iter().any(|word| text.contains(word)) {
                Answer::yes("hashed names").at(place)
            } else if text.starts_with("django.") || text.starts_with("whitenoise.") {
                Answer::no("names without a hash").at(place)
            } else {
                Answer::unknown(format!("`{text}`: hashed names not known")).at(place)
            }
        }
        Kind::Unset => Answer::no("names without a hash"),
        _ => Answer::unknown("the storage of static files was not understood"),
    }
}

fn is_remote(storage: &Value) -> bool {
    let (Kind::Str(text) | Kind::Reference(text)) = &storage.kind else {
        return false;
    };
    REMOTE.iter().any(|part| text.contains(part))
}

fn seen(value: &Value, message: &str) -> Option<Evidence> {
    value.place.map(|place| at(place, message))
}
