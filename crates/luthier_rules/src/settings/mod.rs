//! Rules about settings.

mod async_safety_off;
mod content_sniffing_allowed;
mod csp_nonce_without_processor;
mod csrf_cookie_insecure;
mod csrf_failure_view_missing;
mod csrf_failure_view_signature;
mod csrf_middleware_missing;
mod databases;
mod debug_from_truthy_string;
mod debug_in_production;
mod default_user_model;
mod deploy;
mod development_mailer;
mod empty_item_from_split;
mod environment_branch_in_settings;
mod file_cache_exposed;
mod file_cache_relative;
mod frame_middleware_missing;
mod framing_allowed;
mod hardcoded_secret_key;
mod hsts_not_set;
mod hsts_without_preload;
mod hsts_without_subdomains;
mod invalid_bidi_language;
mod invalid_cors_setting;
mod invalid_csp_setting;
mod invalid_language_code;
mod invalid_language_in_list;
mod invalid_opener_policy;
mod invalid_referrer_policy;
mod jwt_blacklist_not_installed;
mod language_not_listed;
mod middleware_order;
mod no_allowed_hosts;
mod no_connection_reuse;
mod no_default_auto_field;
mod no_default_cache;
mod no_password_validation;
mod no_referrer_policy;
mod no_shared_cache;
mod no_statement_timeout;
mod page_size_without_pagination;
mod secret_default;
mod security_middleware_missing;
mod session_cookie_insecure;
mod session_cookie_insecure_app;
mod session_cookie_insecure_middleware;
mod session_cookie_readable;
mod session_cookie_readable_app;
mod session_cookie_readable_middleware;
mod settings_not_split;
mod sqlite_in_production;
mod ssl_redirect_off;
mod static_files_unserved;
mod undefined_setting;
mod unknown_setting_target;
mod upload_folder_missing;
mod weak_secret_key;
mod weak_secret_key_fallback;

pub(crate) use databases::Database;

use luthier_diagnostics::Confidence;
use luthier_project::Place;
use luthier_project::settings::{Kind, SettingsModule, Truth, Value};
use luthier_source::{Sources, Span};

use crate::{Context, Rule};

/// Every rule of this folder, by code.
pub(crate) static RULES: &[&Rule] = &[
    &no_connection_reuse::RULE,
    &no_statement_timeout::RULE,
    &static_files_unserved::RULE,
    &sqlite_in_production::RULE,
    &security_middleware_missing::RULE,
    &frame_middleware_missing::RULE,
    &csrf_middleware_missing::RULE,
    &hsts_not_set::RULE,
    &hsts_without_subdomains::RULE,
    &content_sniffing_allowed::RULE,
    &async_safety_off::RULE,
    &ssl_redirect_off::RULE,
    &weak_secret_key::RULE,
    &session_cookie_insecure_app::RULE,
    &session_cookie_insecure_middleware::RULE,
    &session_cookie_insecure::RULE,
    &session_cookie_readable_app::RULE,
    &session_cookie_readable_middleware::RULE,
    &session_cookie_readable::RULE,
    &csrf_cookie_insecure::RULE,
    &development_mailer::RULE,
    &debug_in_production::RULE,
    &framing_allowed::RULE,
    &no_allowed_hosts::RULE,
    &hsts_without_preload::RULE,
    &no_referrer_policy::RULE,
    &invalid_referrer_policy::RULE,
    &invalid_opener_policy::RULE,
    &weak_secret_key_fallback::RULE,
    &invalid_csp_setting::RULE,
    &csp_nonce_without_processor::RULE,
    &csrf_failure_view_signature::RULE,
    &csrf_failure_view_missing::RULE,
    &no_default_cache::RULE,
    &file_cache_exposed::RULE,
    &file_cache_relative::RULE,
    &upload_folder_missing::RULE,
    &invalid_language_code::RULE,
    &invalid_language_in_list::RULE,
    &invalid_bidi_language::RULE,
    &language_not_listed::RULE,
    &page_size_without_pagination::RULE,
    &invalid_cors_setting::RULE,
    &debug_from_truthy_string::RULE,
    &default_user_model::RULE,
    &empty_item_from_split::RULE,
    &environment_branch_in_settings::RULE,
    &hardcoded_secret_key::RULE,
    &jwt_blacklist_not_installed::RULE,
    &middleware_order::RULE,
    &no_default_auto_field::RULE,
    &no_password_validation::RULE,
    &no_shared_cache::RULE,
    &secret_default::RULE,
    &settings_not_split::RULE,
    &undefined_setting::RULE,
    &unknown_setting_target::RULE,
];

/// How sure a statement about a setting's value is: files that are not in the repository may still
/// change it.
fn confidence(module: &SettingsModule) -> Confidence {
    let is_whole = module.open().is_none() && module.optional().is_empty();
    if is_whole && module.fails().is_none() {
        Confidence::Certain
    } else {
        Confidence::Likely
    }
}

/// Whether the settings ship in a package with `DEBUG` on: what its developers work with, and no
/// installation runs.
fn are_for_work(ctx: &Context<'_>, module: &SettingsModule) -> bool {
    let debug = module.get("DEBUG").map(|debug| debug.truth());
    debug == Some(Truth::True) && ctx.project.is_distributed
}

/// Where to say something about the production settings as a whole: at `INSTALLED_APPS`, else at
/// the top of the module.
fn whole_place(ctx: &Context<'_>, module: &SettingsModule) -> Option<Place> {
    let apps = module.get("INSTALLED_APPS").and_then(|setting| {
        let first = setting.places.first();
        first.and_then(|step| step.place)
    });
    let name_only = |place: Place| {
        let text = ctx.sources.file(place.file).at(place.span);
        let end = text.find([' ', '=', '\n']).unwrap_or(text.len());
        Place::new(
            place.file,
            Span::new(place.span.start, place.span.start + end as u32),
        )
    };
    let file = ctx.project.modules.get(module.module).file;
    apps.map(name_only)
        .or_else(|| file.map(|file| Place::new(file, Span::at(0))))
}

/// The text of the line at a place before it, where that is only white space.
fn indent_of(sources: &Sources, place: Place) -> Option<&str> {
    let text = &sources.file(place.file).text;
    let before = &text[..place.span.start as usize];
    let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    line.chars().all(char::is_whitespace).then_some(line)
}

/// What to write after an element of a list so that another one follows it.
fn after_item(sources: &Sources, place: Place, text: &str) -> String {
    match indent_of(sources, place) {
        Some(indent) => format!(",\n{indent}{text}"),
        None => format!(", {text}"),
    }
}

/// Every value within a value with the string keys that lead there, itself first.
fn walk<'v>(
    value: &'v Value,
    path: &mut Vec<&'v str>,
    visit: &mut dyn FnMut(&[&'v str], &'v Value),
) {
    visit(path, value);
    match &value.kind {
        Kind::Dict(dict) => {
            for entry in &dict.entries {
                let Some(key) = entry.key.as_str() else {
                    continue;
                };
                path.push(key);
                walk(&entry.value, path, visit);
                path.pop();
            }
        }
        Kind::List(items) | Kind::Tuple(items) | Kind::Set(items) => {
            for item in items {
                walk(&item.value, path, visit);
            }
        }
        Kind::OneOf(alternatives) => {
            for alternative in alternatives {
                walk(&alternative.value, path, visit);
            }
        }
        _ => {}
    }
}
