//! A bar on standard error while a person waits: on a terminal only, after a second only.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use luthier_analysis::Progress;

use crate::output;

/// Shorter runs show nothing.
const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);

/// Runs `work`, which reports to the progress that it is given, with a bar where one is of use.
pub(crate) fn watched<T>(work: impl FnOnce(Arc<Progress>) -> T) -> T {
    let progress = Arc::new(Progress::default());
    if !output::is_watched() {
        return work(progress);
    }
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        let seen = Arc::clone(&progress);
        scope.spawn(move || {
            if is_done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                draw(&seen, &is_done);
            }
        });
        let result = work(progress);
        // The bar goes away with the sender, also when `work` panics.
        drop(done);
        result
    })
}

fn draw(progress: &Progress, is_done: &mpsc::Receiver<()>) {
    let bar =
        ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_elapsed(PATIENCE);
    let style = |template: &str| {
        ProgressStyle::with_template(template)
            .expect("a good template")
            .progress_chars("█▓░")
    };
    bar.set_style(style("{spinner} {msg} {elapsed}"));
    bar.set_message("looking for files");
    let mut reading = false;
    while is_done.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        let (read, found) = (progress.read(), progress.found());
        if found > 0 && read < found {
            if !reading {
                reading = true;
                bar.set_style(style("{msg} {bar:30} {pos}/{len} {elapsed}"));
                bar.set_message("reading");
                bar.set_length(found as u64);
            }
            bar.set_position(read as u64);
        } else if found > 0 {
            bar.set_style(style("{spinner} {msg} {elapsed}"));
            bar.set_message("analysing");
        }
        bar.tick();
    }
    bar.finish_and_clear();
}
