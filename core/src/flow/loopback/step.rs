//! One stretch of waiting: everything that the listener does, it does in here. Source: specs/oauth.md L-4, L-20.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Loopback;
use super::serve::Connection;
use crate::error::Error;
use crate::oauth::{Callback, Outcome};

/// Browsers open a handful; the rest waits in the system's queue.
const CONNECTIONS: usize = 32;
/// When the system gives no more sockets, asking again at once would only burn time.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(100);
/// When the time ran out while nobody waited: long enough to find the answer that came meanwhile.
const LAST_LOOK: Duration = Duration::from_millis(250);

/// The listener while somebody waits for it.
pub(super) struct Step<'a> {
    loopback: &'a mut Loopback,
    listeners: Vec<TcpListener>,
    alarm: Pin<Box<Sleep>>,
    accept_again_at: Option<Instant>,
}

impl<'a> Step<'a> {
    pub(super) fn enter(loopback: &'a mut Loopback) -> Result<Self, Error> {
        let listeners = loopback.sockets.register()?;
        let now = Instant::now();
        let pause = now - loopback.left_at;
        loopback.connections.iter_mut().for_each(|connection| connection.forgive(pause));
        if now >= loopback.deadline && !loopback.has_looked_again {
            loopback.has_looked_again = true;
            loopback.deadline = now + LAST_LOOK;
        }
        let alarm = Box::pin(sleep_until(loopback.deadline));
        Ok(Self { loopback, listeners, alarm, accept_again_at: None })
    }

    /// When the person's time is over.
    pub(super) fn deadline(&self) -> Instant {
        self.loopback.deadline
    }

    /// Serves until `goal` is reached. `None`: the deadline came first.
    pub(super) async fn run<T>(
        &mut self,
        deadline: Option<Instant>,
        mut goal: impl FnMut(&Loopback, &mut Context<'_>) -> Poll<T>,
    ) -> Option<T> {
        std::future::poll_fn(|cx| {
            loop {
                self.serve(cx);
                if let Poll::Ready(reached) = goal(self.loopback, cx) {
                    return Poll::Ready(Some(reached));
                }
                let now = Instant::now();
                if deadline.is_some_and(|deadline| deadline <= now) {
                    return Poll::Ready(None);
                }
                let Some(next) = self.next_deadline().into_iter().chain(deadline).min() else { return Poll::Pending };
                self.alarm.as_mut().reset(next);
                if self.alarm.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
        })
        .await
    }

    /// Lets browsers in and gets on with every conversation, as far as it goes without waiting.
    fn serve(&mut self, cx: &mut Context<'_>) {
        loop {
            while self.has_room()
                && let Some(stream) = self.next_browser(cx)
            {
                self.loopback.connections.push(Connection::new(stream, self.loopback.desk.clone()));
            }
            let was_full = !self.has_room();
            let (now, patience) = (Instant::now(), self.loopback.request_timeout);
            self.loopback.connections.retain_mut(|connection| {
                let is_over = connection.poll(cx).is_ready();
                let is_late = connection.deadline(patience, was_full).is_some_and(|deadline| deadline <= now);
                !is_over && !is_late
            });
            // Those who waited for a place are let in before anybody sleeps.
            if !was_full || !self.has_room() {
                return;
            }
        }
    }

    fn has_room(&self) -> bool {
        self.loopback.connections.len() < CONNECTIONS
    }

    /// The next connection of any listener, each in its turn, so that a flood over one family cannot shut out the other.
    fn next_browser(&mut self, cx: &mut Context<'_>) -> Option<TcpStream> {
        if self.accept_again_at.is_some_and(|again| Instant::now() < again) {
            return None;
        }
        self.accept_again_at = None;
        for _ in 0..self.listeners.len() {
            self.listeners.rotate_left(1);
            match self.listeners[0].poll_accept(cx) {
                Poll::Ready(Ok((stream, _))) => return Some(stream),
                Poll::Ready(Err(_)) => self.accept_again_at = Some(Instant::now() + OUT_OF_SOCKETS),
                Poll::Pending => {}
            }
        }
        None
    }

    fn next_deadline(&self) -> Option<Instant> {
        let (patience, is_crowded) = (self.loopback.request_timeout, !self.has_room());
        let deadlines = self.loopback.connections.iter().filter_map(|one| one.deadline(patience, is_crowded));
        deadlines.chain(self.accept_again_at).min()
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        self.loopback.left_at = Instant::now();
    }
}

impl Loopback {
    /// The end of the wait. A code is handed out at once; anything else when the browser has had its page.
    pub(super) fn poll_answer(&self) -> Poll<Result<Callback, Error>> {
        match self.desk.lock().conclusion() {
            Some(Ok(callback)) if matches!(callback.outcome, Outcome::Code { .. }) => Poll::Ready(Ok(callback.clone())),
            Some(conclusion) if !self.owes_a_reply() => Poll::Ready(conclusion.clone()),
            _ => Poll::Pending,
        }
    }

    /// Whether everybody who asked has had a reply.
    pub(super) fn poll_farewell(&self) -> Poll<()> {
        if self.owes_a_reply() { Poll::Pending } else { Poll::Ready(()) }
    }

    fn owes_a_reply(&self) -> bool {
        self.connections.iter().any(Connection::is_owed_a_reply)
    }
}
