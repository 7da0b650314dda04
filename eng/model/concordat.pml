/*
 * Two-phase commit with presumed abort as Concordat runs it: one transaction, N participants with a branch each, every log with
 * its durable prefix, and everything that can go wrong. README.md beside this file maps the steps to the code.
 *
 *   Client ──requests──▶ Coordinator ──calls──▶ Link[b] ──▶ Participant[b]      one Link per branch: what is in flight
 *                        log: appended, durable ◀──answers──  log: appended, durable
 *
 * Every event is one atomic step, as in the code, where a machine takes one input at a time. A network keeps every request that
 * was ever sent and may deliver it at any time and any number of times, which is loss, delay, duplication and reordering at once,
 * across crashes of either side. Ghost variables are marked; no step of the protocol reads them.
 */
#include "parameters.pml"
#include "state.pml"
#include "trace.pml"
#include "properties.pml"
#include "coordinator.pml"
#include "recovery.pml"
#include "participant.pml"

#define ME   _pid            /* of Participant: they are the first processes */
#define LINK (_pid - N)      /* of Link */
#ifdef NEVER_HEALS
#define UNHEALED 1
#else
#define UNHEALED !healed
#endif

active [N] proctype Participant()
{
end:
  do
  :: d_step { RUNNING(ME) && RECORDED(ME) -> EVENT1("finish %d", ME); finish(ME); observe() }
#if FICKLE
  :: d_step { ph[ME] == pPreparing -> EVENT1("finishNo %d", ME); finishWith(ME, vNo); observe() }
  :: d_step { ph[ME] == pPreparing -> EVENT1("finishReadOnly %d", ME); finishWith(ME, vReadOnly); observe() }
#endif
  :: d_step { pdur[ME] < PLEN(ME) -> EVENT1("pflush %d", ME); pdur[ME]++; observe() }
#if !SILENT && !ONEPHASE
  :: d_step { ASKS(ME) && (!healed || ANSWERED) -> EVENT1("ask %d", ME); ask(ME); observe() }
#endif
#ifdef UNILATERAL_ABORT
  :: d_step { ph[ME] == pPrepared -> ph[ME] = pRollingBack }
#endif
#if PCRASHES
  :: atomic {
       pcrashes < PCRASHES && !healed && (ph[ME] != pUnknown || mark[ME]) ->
       keep = pdur[ME];
       do
       :: keep < PLEN(ME) -> keep++
       :: break
       od;
       d_step { EVENT2("pcrash %d %d", ME, keep); pcrashes++; pcrash(ME); keep = 0; observe() }
     }
#endif
  od
}

/* What is between the coordinator and one participant. */
active [N] proctype Link()
{
end:
  do
  :: d_step { call[LINK] == cSent -> EVENT1("deliver %d", LINK); deliver(LINK); observe() }
  :: d_step { ANSWER(LINK) && READY(LINK) -> EVENT1("reply %d", LINK); onAnswer(LINK); observe() }
#if STALE
  :: d_step { !healed && (net[LINK] & PREPARE) -> EVENT1("stale %d prepare", LINK); onPrepare(LINK, 0); observe() }
  :: d_step { !healed && (net[LINK] & COMMIT) -> EVENT1("stale %d commit", LINK); onCommit(LINK, 0); observe() }
  :: d_step { !healed && (net[LINK] & ROLLBACK) -> EVENT1("stale %d rollback", LINK); onRollback(LINK, 0); observe() }
#endif
#if TIMEOUTS
  :: d_step { UNHEALED && call[LINK] >= cSent -> EVENT1("timeout %d", LINK); giveUp(LINK); observe() }
#endif
#if TIMEOUTS && ONEPHASE
  :: d_step { !healed && call[LINK] == cSent && bs[LINK] == bPreparing && !mayHaveArrived -> EVENT1("notConnected %d", LINK); notConnected(LINK); observe() }
#endif
#if FICKLE && TIMEOUTS
  :: d_step { !healed && CONTRADICTS(LINK) -> EVENT1("contradict %d", LINK); contradicted(LINK); observe() }
#endif
#if LATER
  :: d_step { !healed && begun && !OPEN && durable >= epochAt && !mark[LINK] -> EVENT1("later %d", LINK); raiseMark(LINK); observe() }
#endif
  od
}

active proctype Coordinator()
{
end:
  do
  :: d_step { log[0] != rNone && durable < (healed -> forced : appended) -> EVENT("flush"); flush(); observe() }
#if !CALM
  :: d_step { DEADLINE_RUNS && (DEADLINE || healed) -> EVENT("deadline"); want(); observe() }
#endif
#if CRASHES
  :: atomic {
       crashes < CRASHES && !healed && begun && MAY_CRASH ->
       keep = durable;
       do
       :: keep < appended -> keep++
       :: break
       od;
       d_step { EVENT1("crash %d", keep); crashes++; restart(); keep = 0; observe() }
     }
#endif
  od
}

/* Participants are alike, so only one order of the votes is looked at. */
inline chooseVotes()
{
  atomic {
    log[0] = rEpoch;
    do
    :: keep < N ->
       if
       :: (keep == 0 || vote[keep - 1] == vYes) -> vote[keep] = vYes
#if VOTES > 1
       :: (keep == 0 || vote[keep - 1] <= vNo) -> vote[keep] = vNo
#endif
#if VOTES > 2
       :: vote[keep] = vReadOnly
#endif
       fi;
       EVENT2("votes %d %d", keep, vote[keep]);
       keep++
    :: else -> keep = 0; break
    od
  }
}

active proctype Client()
{
  chooseVotes();
  if
  :: d_step { EVENT("begin run"); begin(); waitsCommit = WAITS; start(); observe() }
  :: d_step { EVENT("begin open"); begin(); forceUnderKey(); observe() }
  fi;
end:
  do
#if REQUESTS
  :: d_step { MAY_ASK && !waitsCommit -> EVENT("commit"); requests++; requestCommit(); observe() }
  :: d_step { MAY_ASK && !waitsRollback -> EVENT("rollback"); requests++; requestRollback(); observe() }
  :: d_step { MAY_ASK && !(ENDED && durable < decideAt) -> EVENT("get"); requestGet(); observe() }
#else
  :: d_step { t == tActive -> EVENT("commit"); waitsCommit = WAITS; start(); observe() }
#endif
  od
}

/*
 * All faults end at some time. After it every state is an accepting one, so that an endless run is an acceptance cycle, and the
 * only other way to stop is where nothing is left to do: then everybody must have decided (AC5).
 */
active proctype Judge()
{
  d_step { begun && MAY_HEAL -> EVENT("heal"); healed = 1; observe() };
accept_healed:
  timeout ->
  d_step { EVENT("rest"); judge(); observe() }
}
