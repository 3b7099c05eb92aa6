//! The replay itself: alerts into the engine where their turn comes, ticks through it, fires out.

use std::io::Write;

use bellwether_engine::{Arming, Engine, Fire, InstrumentKey, Policy};
use bellwether_model::{AlertState, Condition, Observation, Origin, Standing, Timestamp};

use super::agenda::Agenda;
use super::alert_file::Wish;
use super::instruments::{InstrumentIndex, Instruments};
use super::lines::Source;
use super::merge::Merge;
use super::progress::Progress;
use super::report::{FireLine, Report, TickText};
use super::sequence::{Sequence, Turn};
use super::summary::Totals;
use super::survey::Survey;
use super::tick_file::Row;

/// A replay, ready to run.
pub(super) struct Replay<'a, W> {
    wishes: Vec<Wish>,
    sources: Vec<Source>,
    report: Report<'a, W>,
    instruments: Instruments,
    survey: Survey,
    /// The alerts that are not armed from the start.
    agenda: Agenda,
    engine: Engine,
    /// The engine's key of each instrument.
    keys: Vec<InstrumentKey>,
    /// Whether the alert at each place has been armed.
    armed: Vec<bool>,
    totals: Totals,
}

impl<'a, W: Write> Replay<'a, W> {
    /// Finds out where each alert is armed, and arms those that are armed before the first tick.
    ///
    /// # Errors
    /// Where the ticks cannot be read, or the engine does not know a condition.
    pub(super) fn prepare(
        wishes: Vec<Wish>,
        mut sources: Vec<Source>,
        report: Report<'a, W>,
    ) -> anyhow::Result<Self> {
        let (mut instruments, mut survey) = (Instruments::default(), Survey::default());
        for wish in &wishes {
            for instrument in wish.spec.instruments() {
                let index = instruments.of(instrument);
                if let Some(at) = wish.armed_at {
                    survey.ask(index, at);
                }
            }
        }
        if !survey.is_empty() {
            sources.iter_mut().try_for_each(Source::keep)?;
            survey.run(&sources, &mut instruments)?;
        }
        let mut replay = Self {
            armed: vec![false; wishes.len()],
            wishes,
            sources,
            report,
            instruments,
            survey,
            agenda: Agenda::default(),
            engine: Engine::new(),
            keys: Vec::new(),
            totals: Totals::default(),
        };
        (0..replay.wishes.len()).try_for_each(|place| replay.enter(place))?;
        replay.agenda.sort();
        Ok(replay)
    }

    /// Replays all ticks.
    ///
    /// # Errors
    /// Where a line is malformed, or the report cannot be written.
    pub(super) fn run(mut self) -> anyhow::Result<()> {
        let mut progress = Progress::start();
        let replayed = self.replay(&mut progress);
        progress.clear();
        replayed?;
        self.totals.elapsed = progress.elapsed();
        self.totals.instruments = self.instruments.count();
        self.report.finish(&self.wishes, &self.totals)?;
        Ok(())
    }

    fn replay(&mut self, progress: &mut Progress) -> anyhow::Result<()> {
        let mut merge = Merge::open(&self.sources, &mut self.instruments)?;
        let (mut sequence, mut fires) = (Sequence::default(), Vec::new());
        while let Some(row) = merge.next() {
            let turn = sequence.apply(&row).map_err(|mixed| merge.place().fault(mixed))?;
            match turn {
                Some(turn) => self.apply(&row, turn, &mut fires)?,
                None => self.totals.stale += 1,
            }
            progress.note(self.totals.ticks, self.totals.fires);
            merge.advance(&mut self.instruments)?;
        }
        Ok(())
    }

    fn apply(&mut self, row: &Row, turn: Turn, fires: &mut Vec<Fire>) -> anyhow::Result<()> {
        let observation = Observation { tick: turn.tick(row), trades: None, origin: Origin::Live };
        let key = self.key(row.instrument);
        // What a file does not hold did not happen; what follows its last tick nobody knows.
        if self.engine.listens(key) {
            self.engine.silence(key, row.time, Timestamp::from_micros(i64::MIN), fires);
            for fire in fires.drain(..) {
                self.tell(&fire, &TickText::new(self.instruments.get(row.instrument), &fire.tick))?;
            }
        }
        self.engine.apply(key, &observation, fires);
        self.totals.applied(row.time);
        if !fires.is_empty() {
            let tick = TickText::new(self.instruments.get(row.instrument), &observation.tick);
            fires.drain(..).try_for_each(|fire| self.tell(&fire, &tick))?;
        }
        while let Some(place) = self.agenda.due(row.instrument, turn.ordinal) {
            self.arm(place)?;
        }
        Ok(())
    }

    fn tell(&mut self, fire: &Fire, tick: &TickText) -> anyhow::Result<()> {
        self.totals.fires += 1;
        let (number, previous, measure) = (fire.number, fire.previous, &fire.measure);
        let place = usize::try_from(fire.order).expect("the order was made of a place");
        self.report.fire(place, &self.wishes[place], &FireLine { number, tick, previous, measure })?;
        Ok(())
    }

    /// Arms an alert now, where its turn has come before the first tick of one of its instruments, or has
    /// it wait for its turn in each. Where it comes in another instrument first, the engine waits for the
    /// positions that are still ahead.
    fn enter(&mut self, place: usize) -> anyhow::Result<()> {
        let turns = self.turns(place);
        if turns.iter().any(|(_, turn)| turn.ordinal == 0) {
            return self.arm(place);
        }
        for (instrument, turn) in turns {
            self.agenda.add(instrument, turn.ordinal, place);
        }
        Ok(())
    }

    fn arm(&mut self, place: usize) -> anyhow::Result<()> {
        if std::mem::replace(&mut self.armed[place], true) {
            return Ok(());
        }
        let turns = self.turns(place);
        let own = turns[0];
        let instrument = self.key(own.0);

        let others = turns[1..]
            .iter()
            .map(|&(_, turn)| Standing { position: turn.position, has_reference: turn.position.is_some() });
        let wish = &self.wishes[place];
        let is_silence = matches!(wish.spec.condition, Condition::Silent { .. });
        let arming = Arming {
            instrument,
            condition: wish.spec.condition.clone(),
            policy: Policy {
                repeat: wish.spec.repeat,
                expires_at: wish.spec.expires_at,
                snoozed_until: None,
            },
            state: AlertState {
                position: own.1.position,
                others: others.collect(),
                has_reference: own.1.position.is_some(),
                // Nothing here was refilled, so only silences go by it.
                accepted_at: wish.armed_at.filter(|_| is_silence),
                ..AlertState::default()
            },
            // By which a fire tells its alert again.
            order: place as u64,
        };
        if self.engine.arm(arming).is_err() {
            let kind = wish.spec.condition.name();
            return Err(wish.place.fault(format_args!("condition '{kind}' cannot be evaluated")).into());
        }
        Ok(())
    }

    /// Where an alert is armed, in the sequence of each of its instruments, its own first.
    fn turns(&mut self, place: usize) -> Vec<(InstrumentIndex, Turn)> {
        let wish = &self.wishes[place];
        let turn = |instrument| {
            let index = self.instruments.of(instrument);
            let turn = wish.armed_at.map(|at| self.survey.turn(index, at));
            (index, turn.unwrap_or_default())
        };
        wish.spec.instruments().into_iter().map(turn).collect()
    }

    fn key(&mut self, instrument: InstrumentIndex) -> InstrumentKey {
        for index in self.keys.len()..=instrument.0 {
            let name = self.instruments.get(InstrumentIndex(index));
            self.keys.push(self.engine.instrument(name));
        }
        self.keys[instrument.0]
    }
}
