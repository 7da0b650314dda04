/*
 * A participant whose state is its log. Its resource manager is asked and finishes later (RUNNING); it never fails. A call of the
 * coordinator's present attempt ("fresh") gets the answer; what the others are answered nobody hears, but see CONTRADICTS.
 */

inline answer(b, fresh, what)
{
  if
  :: fresh -> call[b] = what
  :: else -> STALE_ANSWER(what)
  fi
}

/* Whoever waits for the resource manager. */
inline answerWaiting(b, what)
{
  if
  :: call[b] == cThere -> call[b] = what
  :: else
  fi
}

#if FICKLE
#define VOTED(b, v) votes[b] = votes[b] | v
#else
#define VOTED(b, v) skip
#endif

inline deliver(b)
{
  if
  :: bs[b] == bPreparing -> onPrepare(b, 1)
  :: bs[b] == bCommitting -> onCommit(b, 1)
  :: bs[b] == bAborting -> onRollback(b, 1)
  fi
}

/* ParticipantMachine.Prepare */
inline onPrepare(b, fresh)
{
  mayHaveArrived = ONEPHASE;
  if
#ifdef PREPARE_AFTER_MARK
  :: ph[b] == pUnknown -> ph[b] = pPreparing; answer(b, fresh, cThere)
#else
  :: ph[b] == pUnknown && mark[b] -> VOTED(b, vNo); answer(b, fresh, cRefused)
  :: ph[b] == pUnknown && !mark[b] -> ph[b] = pPreparing; answer(b, fresh, cThere)
#endif
  :: ph[b] == pPreparing -> answer(b, fresh, cThere)
  :: ph[b] == pStopping || ph[b] == pRollingBack -> VOTED(b, vNo); answer(b, fresh, cRefused)
  :: ph[b] == pPrepared -> VOTED(b, vYes); answer(b, fresh, cYes)
  :: ph[b] == pCommitting || ph[b] == pCommitted ->
     VOTED(b, vYes);
     answer(b, fresh, (ONEPHASE && vote[b] == vReadOnly -> cReadOnly : cYes))
  :: ph[b] == pRolledBack -> VOTED(b, vNo); answer(b, fresh, cNo)
  :: ph[b] == pLeftNo -> VOTED(b, vNo); answer(b, fresh, cRefused)
  :: ph[b] == pLeftReadOnly -> VOTED(b, vReadOnly); answer(b, fresh, cReadOnly)
  fi
}

/* ParticipantMachine.OnCommit. What is fresh and not held would be a hazard. */
inline onCommit(b, fresh)
{
  if
  :: ph[b] == pPrepared -> ph[b] = pCommitting; answer(b, fresh, cThere)
  :: ph[b] == pCommitting -> answer(b, fresh, cThere)
  :: ph[b] == pCommitted -> answer(b, fresh, cDone)
#ifdef ACK_UNKNOWN_COMMIT
  :: ph[b] == pUnknown -> answer(b, fresh, cDone)
#else
  :: ph[b] == pUnknown -> assert(!(fresh)); TOLD("stale", "notHeld")
#endif
  :: ph[b] == pPreparing -> assert(!(fresh)); TOLD("stale", "tooEarly")   /* never */
  :: ph[b] == pStopping || ph[b] == pRollingBack || ph[b] == pRolledBack || ph[b] == pLeftNo -> assert(!(fresh)); TOLD("stale", "notHeld")   /* never */
  :: ph[b] == pLeftReadOnly -> assert(!(fresh)); TOLD("stale", "done")   /* never */
  fi
}

/* ParticipantMachine.OnRollback */
inline onRollback(b, fresh)
{
  if
  :: ph[b] == pUnknown && mark[b] -> answer(b, fresh, cDone)
  :: ph[b] == pUnknown && !mark[b] ->
#ifndef NO_TOMBSTONE
     ph[b] = pRolledBack;
     appendEnd(b, endR);
#endif
     answer(b, fresh, cDone)
  :: ph[b] == pPreparing -> ph[b] = pStopping; answer(b, fresh, cThere)
  :: ph[b] == pPrepared -> ph[b] = pRollingBack; answer(b, fresh, cThere)
  :: ph[b] == pStopping || ph[b] == pRollingBack -> answer(b, fresh, cThere)
  :: ph[b] == pRolledBack -> answer(b, fresh, cDone)
  :: ph[b] == pLeftNo || ph[b] == pLeftReadOnly ->
     ph[b] = pRolledBack;
     appendEnd(b, endR);
     answer(b, fresh, cDone)
  :: ph[b] == pCommitting || ph[b] == pCommitted -> assert(false) /* never */
  fi
}

inline appendEnd(b, what) { pend[b] = what; markEnd[b] = mark[b] }

/* The end of a branch is remembered until endedBefore has passed it. */
inline remember(b, phase)
{
#ifdef NO_COMMITTED_TOMBSTONE
  ph[b] = (mark[b] || phase == pCommitted -> pUnknown : phase)
#else
  ph[b] = (mark[b] -> pUnknown : phase)
#endif
}

inline finish(b)
{
  if
  :: ph[b] == pPreparing || ph[b] == pStopping -> finishWith(b, vote[b])
  :: ph[b] == pCommitting ->
     mayApply(b);
     appendEnd(b, endC);
     remember(b, pCommitted);
     answerWaiting(b, cDone)
  :: ph[b] == pRollingBack ->
     mayUndo(b);
     appendEnd(b, endR);
     remember(b, pRolledBack);
     answerWaiting(b, cDone)
  fi
}

/* ParticipantMachine.OnVoted */
inline finishWith(b, v)
{
  if
#if ONEPHASE
  :: ph[b] == pPreparing && v != vNo ->
     mayApply(b);
     appendEnd(b, endC);
     remember(b, pCommitted);
     answerWaiting(b, (v == vYes -> cYes : cReadOnly))
  :: ph[b] == pPreparing && v == vNo ->
     appendEnd(b, endR);
     remember(b, pRolledBack);
     answerWaiting(b, cNo)
#else
  :: ph[b] == pPreparing && v == vYes ->
     promised[b] = 1;
     markPrepared[b] = mark[b];
     ph[b] = pPrepared;
     VOTED(b, vYes);
     answerWaiting(b, cYes)
  :: ph[b] == pPreparing && v == vNo ->
     remember(b, pLeftNo);
     VOTED(b, vNo);
     answerWaiting(b, cRefused)
  :: ph[b] == pPreparing && v == vReadOnly ->
     remember(b, pLeftReadOnly);
     VOTED(b, vReadOnly);
     answerWaiting(b, cReadOnly)
#endif
  :: ph[b] == pStopping && v == vYes -> ph[b] = pRollingBack
  :: ph[b] == pStopping && v != vYes ->
     appendEnd(b, endR);
     remember(b, pRolledBack);
     answerWaiting(b, cDone)
  fi
}

/* A call of a later transaction brings an endedBefore that has passed this one's createdAt. */
inline raiseMark(b)
{
  mark[b] = 1;
  if
  :: ph[b] == pCommitted || ph[b] == pRolledBack || ph[b] == pLeftNo || ph[b] == pLeftReadOnly -> ph[b] = pUnknown
  :: else
  fi
}

/*
 * An inquiry and its answer, in one step: what is final stays true, so that it does not matter how long it is on its way; "pending"
 * changes nothing; and an answer that waits for a record is as good as one that is asked for after it.
 */
#define ASKS(b) (ph[b] == pPrepared && pdur[b] >= 1)
#ifdef PRESUME_ABORT_WHILE_RUNNING
#define ANSWERED 1
#elif defined(PRESUME_DURING_RECOVERY)
#define ANSWERED (durable < epochAt || !(UNDECIDED || t == tPrepared || durable < decideAt))
#else
#define ANSWERED (durable >= EPOCH_AT && !epochLost && !(UNDECIDED || t == tPrepared || (LIVE || ENDED) && durable < decideAt))
#endif
#define FORGOTTEN_COMMIT (t == tForgotten && decidedCommit)

/* Inquiring.Inquire, and ParticipantMachine.Conclude */
inline ask(b)
{
  if
  :: !ANSWERED -> TOLD("inquiry", "pending")
#ifdef PRESUME_DURING_RECOVERY
  :: durable < epochAt -> tellAborted(); ph[b] = pRollingBack
  :: ANSWERED && durable >= epochAt && (t == tCommitting || t == tCommitted) ->
#else
  :: ANSWERED && (t == tCommitting || t == tCommitted) ->
#endif
     tellCommitted();
     TOLD("inquiry", "committed");
     ph[b] = pCommitting
  :: ANSWERED && FORGOTTEN_COMMIT ->   /* presumed: whoever asks has not voted yes, or has committed: mayUndo() */
     TOLD("inquiry", "aborted");
     ph[b] = pRollingBack
#ifdef PRESUME_DURING_RECOVERY
  :: ANSWERED && durable >= epochAt && t != tCommitting && t != tCommitted && !FORGOTTEN_COMMIT ->
#else
  :: ANSWERED && t != tCommitting && t != tCommitted && !FORGOTTEN_COMMIT ->
#endif
     tellAborted();
     TOLD("inquiry", "aborted");
     ph[b] = pRollingBack
  fi
}

/*
 * A participant's crash and start, in one step: ParticipantMachine.Replay and Recovered. Its log keeps its first `keep` records, and
 * makes them durable before it is replayed (TailRepair): the machine relies on it and lets no answer wait for a replayed record.
 */
inline pcrash(b)
{
  /* Calls that wait for it are without answer, and so are answers that waited for a record. */
  if
  :: call[b] == cThere || (ANSWER(b) && !READY(b)) -> call[b] = cSent
  :: else
  fi;
  if
  :: pend[b] && keep < PLEN(b) -> pend[b] = endNone; markEnd[b] = 0
  :: else
  fi;
  if
  :: promised[b] && keep == 0 -> promised[b] = 0; markPrepared[b] = 0
  :: else
  fi;
#ifndef UNREPAIRED_LOG
  pdur[b] = PLEN(b);
#endif
  mark[b] = markPrepared[b] || markEnd[b];
  if
  :: pend[b] == endC -> remember(b, pCommitted)
  :: pend[b] == endR -> remember(b, pRolledBack)
  :: pend[b] == endNone && promised[b] -> ph[b] = pPrepared
  :: pend[b] == endNone && !promised[b] -> ph[b] = pUnknown
  fi
}
