//! The delivering end of alarms: what the store holds is posted to the webhook, one after the other, until it is
//! taken. No call waits for it, and a restart loses nothing: an alarm is due until its delivery is noted.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use client::Webhook;
use engine::{Alarm, Clock, Engine};
use tokio::time::Instant;

use crate::config::Alarms;

/// How often the store is asked for alarms.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often old alarms are deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(3_600);
/// Alarms that are read at once.
const AT_ONCE: i64 = 50;
/// The longest pause between two attempts, in milliseconds.
const LONGEST_PAUSE_MS: i64 = 600_000;
/// How long an alarm is tried, in milliseconds: three days.
const PATIENCE_MS: i64 = 3 * 86_400_000;
/// How long one is kept after that or after it was delivered, in milliseconds: thirty days.
const KEPT_MS: i64 = 30 * 86_400_000;

/// Posts alarms.
#[derive(Debug)]
pub(crate) struct Delivery {
    webhook: Webhook,
}

impl Delivery {
    /// The delivery that is configured, if one is.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub(crate) fn new(alarms: &Alarms) -> Result<Option<Delivery>> {
        let Some(url) = &alarms.webhook_url else { return Ok(None) };
        let webhook = Webhook::new(url, alarms.webhook_secret.reveal());
        Ok(Some(Delivery { webhook: webhook.context("alarms.webhook_url cannot be used")? }))
    }

    /// Delivers for as long as the server runs. It may be dropped at any moment.
    pub(crate) async fn run(self, engine: Arc<Engine>) {
        let mut pruned: Option<Instant> = None;
        loop {
            if pruned.is_none_or(|pruned| pruned.elapsed() > PRUNE_EVERY) {
                pruned = Some(Instant::now());
                self.prune(&engine).await;
            }
            if let Err(error) = self.deliver_due(&engine).await {
                tracing::warn!(%error, "alarms are not delivered for now");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn prune(&self, engine: &Engine) {
        if let Err(error) = engine.store().prune_alarms(engine.clock().unix_ms() - KEPT_MS).await {
            tracing::warn!(%error, "old alarms are not deleted for now");
        }
    }

    /// Posts what is due, the oldest first.
    async fn deliver_due(&self, engine: &Engine) -> engine::Result<()> {
        let clock = engine.clock();
        loop {
            let waiting = engine.store().waiting_alarms().await?;
            metrics::gauge!("qiusuo_alarms_waiting").set(waiting.count as f64);
            if waiting.next_ms.is_none_or(|next_ms| next_ms > clock.unix_ms()) {
                return Ok(());
            }
            for alarm in engine.store().due_alarms(clock.unix_ms(), AT_ONCE).await? {
                self.deliver(engine, clock, &alarm).await?;
            }
        }
    }

    async fn deliver(&self, engine: &Engine, clock: &Clock, alarm: &Alarm) -> engine::Result<()> {
        let posted = self.webhook.post(&alarm.id, clock.unix_seconds(), &alarm.body).await;
        let now_ms = clock.unix_ms();
        let Err(error) = posted else {
            engine.store().alarm_delivered(&alarm.id, now_ms).await?;
            metrics::counter!("qiusuo_alarms_delivered_total").increment(1);
            return Ok(());
        };
        metrics::counter!("qiusuo_alarms_failed_total").increment(1);
        let next_ms = next_attempt(alarm, now_ms);
        let (receiver, id, kind) = (self.webhook.origin(), &alarm.id, &alarm.kind);
        let attempt = alarm.attempts + 1;
        if next_ms.is_some() {
            tracing::warn!(%error, receiver, id, kind, attempt, "an alarm was not taken, it is sent again");
        } else {
            tracing::error!(%error, receiver, id, kind, attempt, "an alarm was not taken and is given up");
        }
        Ok(engine.store().alarm_failed(&alarm.id, next_ms, &error.to_string()).await?)
    }
}

/// When an alarm that was not taken is sent again, in Unix milliseconds: after 1 s, 2 s, 4 s and so on up to ten
/// minutes. `None` when it was tried long enough.
fn next_attempt(alarm: &Alarm, now_ms: i64) -> Option<i64> {
    let doublings = u32::try_from(alarm.attempts.clamp(0, 30)).unwrap_or_default();
    let pause = (1_000_i64 << doublings).min(LONGEST_PAUSE_MS);
    (now_ms - alarm.made_ms < PATIENCE_MS).then_some(now_ms + pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(attempts: i64) -> Alarm {
        Alarm { id: String::new(), kind: String::new(), body: String::new(), made_ms: 1_000, attempts }
    }

    #[test]
    fn pauses_grow_until_it_is_given_up() {
        let pause = |attempts| next_attempt(&after(attempts), 5_000).map(|next_ms| next_ms - 5_000);
        let pauses: Vec<_> = [0, 1, 2, 9, 10, 500, i64::MAX].into_iter().filter_map(pause).collect();
        assert_eq!(pauses, [1_000, 2_000, 4_000, 512_000, 600_000, 600_000, 600_000]);
        let last = 1_000 + PATIENCE_MS;
        assert!(next_attempt(&after(3), last - 1).is_some());
        assert_eq!(next_attempt(&after(3), last), None);
    }
}
