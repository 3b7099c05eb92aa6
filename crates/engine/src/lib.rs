//! TEMPORARY stand-in so that others can integrate; the engine's author replaces this file.
#![allow(missing_docs, clippy::all, unreachable_pub)]
use std::collections::HashMap;
use bellwether_model::*;
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)] pub struct InstrumentKey(pub u32);
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)] pub struct Slot(pub u32);
#[derive(Debug, Clone)] pub struct Policy { pub repeat: Repeat, pub expires_at: Option<Timestamp>, pub snoozed_until: Option<Timestamp> }
#[derive(Debug, Clone)] pub struct Arming { pub instrument: InstrumentKey, pub condition: Condition, pub policy: Policy, pub state: AlertState, pub order: u64 }
#[derive(Debug, Clone)] pub struct Fire { pub slot: Slot, pub number: u64, pub instrument: InstrumentKey, pub tick: Tick, pub previous: Option<Price>, pub measure: Measure, pub ended: bool }
#[derive(Debug, Clone, PartialEq, Eq)] pub struct Market { pub price: Price, pub time: Timestamp, pub position: Position, pub numbered: bool, pub in_force: bool }
#[derive(Debug)] pub struct Unsupported;
#[derive(Debug, PartialEq, Eq)] pub enum Applied { Fresh, Stale, Mixed }
struct A { arming: Arming, ended: bool, q: Option<Price> }
#[derive(Default)] pub struct Engine { keys: HashMap<Instrument, u32>, markets: Vec<Option<Market>>, alerts: Vec<Option<A>>, changed: Vec<Slot> }
impl Engine {
    pub fn new() -> Self { Self::default() }
    pub fn instrument(&mut self, i: &Instrument) -> InstrumentKey { if let Some(k) = self.keys.get(i) { return InstrumentKey(*k); } let k = self.markets.len() as u32; self.keys.insert(i.clone(), k); self.markets.push(None); InstrumentKey(k) }
    pub fn arm(&mut self, arming: Arming) -> Result<Slot, Unsupported> {
        match &arming.condition { Condition::State { state: State::Above{..}|State::Below{..}|State::InsideChannel{..}|State::OutsideChannel{..}, hold: None } | Condition::Event(_) => {}, _ => return Err(Unsupported) }
        let m = self.market(arming.instrument);
        let q = match (m, arming.state.position) { (Some(m), Some(p)) if m.position >= p && arming.state.has_reference => Some(m.price), _ => None };
        self.alerts.push(Some(A { arming, ended: false, q })); Ok(Slot(self.alerts.len() as u32 - 1)) }
    pub fn disarm(&mut self, s: Slot) { self.alerts[s.0 as usize] = None; }
    pub fn amend(&mut self, s: Slot, p: Policy) { if let Some(a) = &mut self.alerts[s.0 as usize] { a.arming.policy = p; } }
    pub fn state(&self, s: Slot) -> AlertState { self.alerts[s.0 as usize].as_ref().map(|a| a.arming.state.clone()).unwrap_or_default() }
    pub fn take_changed(&mut self, into: &mut Vec<Slot>) { into.append(&mut self.changed); into.sort(); into.dedup(); }
    pub fn market(&self, k: InstrumentKey) -> Option<Market> { self.markets[k.0 as usize].clone() }
    pub fn resume(&mut self, k: InstrumentKey, m: Market) { self.markets[k.0 as usize] = Some(m); }
    pub fn interrupt(&mut self, k: InstrumentKey) { if let Some(m) = &mut self.markets[k.0 as usize] { m.in_force = false; } }
    pub fn apply(&mut self, k: InstrumentKey, o: &Observation, fires: &mut Vec<Fire>) -> Applied {
        let t = o.tick; if let Some(m) = &self.markets[k.0 as usize] { if t.position <= m.position { return Applied::Stale; } }
        for (i, slot) in self.alerts.iter_mut().enumerate() { let Some(a) = slot else { continue }; if a.arming.instrument != k || a.ended { continue }
            let st = &mut a.arming.state;
            if st.position.is_some_and(|p| t.position < p) { continue }
            if st.position == Some(t.position) { a.q = Some(t.price); st.has_reference = true; continue }
            let q = a.q.replace(t.price); let p = t.price;
            let (holds, thr) = match &a.arming.condition {
                Condition::Event(e) => { let Some(q) = q else { st.has_reference = true; st.position = Some(t.position); self.changed.push(Slot(i as u32)); continue };
                    let ins = |l: &Price, h: &Price, x: Price| *l <= x && x <= *h;
                    match e { Event::Crossing{price} => ((q < *price && p >= *price) || (q > *price && p <= *price), *price), Event::CrossingUp{price} => (q < *price && p >= *price, *price), Event::CrossingDown{price} => (q > *price && p <= *price, *price),
                        Event::EnteringChannel{low,high} => (!ins(low,high,q) && ins(low,high,p), if q < *low { *low } else { *high }), Event::ExitingChannel{low,high} => (ins(low,high,q) && !ins(low,high,p), if p < *low { *low } else { *high }) } }
                Condition::State{state, ..} => { let (h, thr, re) = match state { State::Above{price,reset} => (p >= *price, *price, reset.map_or(p < *price, |r| p < r)), State::Below{price,reset} => (p <= *price, *price, reset.map_or(p > *price, |r| p > r)),
                        State::InsideChannel{low,high} => { let h = *low <= p && p <= *high; (h, if h && (p.to_decimal() - low.to_decimal()) <= (high.to_decimal() - p.to_decimal()) { *low } else { *high }, !h) }
                        State::OutsideChannel{low,high} => { let h = p < *low || p > *high; (h, if p < *low { *low } else { *high }, !h) } _ => continue };
                    if st.not_ready && re { st.not_ready = false; st.position = Some(t.position); self.changed.push(Slot(i as u32)); }
                    (h && !st.not_ready, thr) } };
            if !holds { continue }
            if o.origin != Origin::Live && st.accepted_at.is_some_and(|x| t.time <= x) { continue }
            let pol = &a.arming.policy;
            if pol.expires_at.is_some_and(|e| t.time >= e) || pol.snoozed_until.is_some_and(|e| t.time < e) { continue }
            if st.last_fire.is_some_and(|l| t.time < l.saturating_add(pol.repeat.cooldown())) { continue }
            st.fires += 1; st.fires_since_arming += 1; st.last_fire = Some(t.time); st.position = Some(t.position); st.has_reference = true;
            if matches!(a.arming.condition, Condition::State{..}) { st.not_ready = true; }
            a.ended = pol.repeat.max_fires().is_some_and(|m| st.fires_since_arming >= m);
            fires.push(Fire { slot: Slot(i as u32), number: st.fires, instrument: k, tick: t, previous: q, measure: Measure::Threshold(thr), ended: a.ended });
        }
        fires.sort_by_key(|f| self.alerts[f.slot.0 as usize].as_ref().map(|a| a.arming.order));
        self.markets[k.0 as usize] = Some(Market { price: t.price, time: t.time, position: t.position, numbered: t.id.is_some(), in_force: true });
        Applied::Fresh
    }
}
