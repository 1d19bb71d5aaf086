//! Rules about settings.

mod async_safety_off;
mod content_sniffing_allowed;
mod csp_nonce_without_processor;
mod csrf_cookie_insecure;
mod csrf_failure_view_missing;
mod csrf_failure_view_signature;
mod csrf_middleware_missing;
mod databases;
mod debug_in_production;
mod deploy;
mod development_mailer;
mod file_cache_exposed;
mod file_cache_relative;
mod frame_middleware_missing;
mod framing_allowed;
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
mod language_not_listed;
mod no_allowed_hosts;
mod no_connection_reuse;
mod no_default_cache;
mod no_referrer_policy;
mod no_statement_timeout;
mod page_size_without_pagination;
mod security_middleware_missing;
mod session_cookie_insecure;
mod session_cookie_insecure_app;
mod session_cookie_insecure_middleware;
mod session_cookie_readable;
mod session_cookie_readable_app;
mod session_cookie_readable_middleware;
mod sqlite_in_production;
mod ssl_redirect_off;
mod static_files_unserved;
mod upload_folder_missing;
mod weak_secret_key;
mod weak_secret_key_fallback;

use crate::Rule;

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
];
