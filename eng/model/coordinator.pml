/* The coordinator's steps. A record is appended in memory; flush() makes the next one durable. What must wait for a record is held. */

inline append(record) { log[appended] = record; appended++ }
inline force() { forced = appended }

#ifdef IGNORE_EPOCH
#define EPOCH_AT 0
#else
#define EPOCH_AT epochAt               /* nothing is sent and nobody is answered before the epoch is durable */
#endif
#ifdef NO_BEGIN_FORCE
#define BEGIN_AT 0
#else
#define BEGIN_AT (SILENT -> beginAt : 0)
#endif
#if ONEPHASE
#ifdef ONE_PHASE_NOT_FORCED
#define CALL_AT 0
#else
#define CALL_AT oneAt
#endif
#else
#define CALL_AT BEGIN_AT
#endif
#define RELEASED(b) (durable >= EPOCH_AT && durable >= (bs[b] == bPreparing -> CALL_AT : decideAt))

/* The end is durable: endedBefore has passed it. */
#ifdef ENDEDBEFORE_TOO_EARLY
#define OPEN LIVE
#else
#define OPEN (LIVE || durable < endAt)
#endif

#define DEADLINE_RUNS (crashes == 0 && UNDECIDED_OR_MUTANT && !abortWanted)
#ifdef ABORT_AFTER_DECISION
#define UNDECIDED_OR_MUTANT (UNDECIDED || t == tPrepared)
#else
#define UNDECIDED_OR_MUTANT UNDECIDED
#endif

/* Answers "aborted" and calls leave as soon as the records that they wait for are durable. */
inline release()
{
  i = 0;
  do
  :: i < N ->
     if
     :: call[i] == cHeld && RELEASED(i) ->
        assert(bs[i] != bCommitting || decidedCommit);
        call[i] = cSent;
        net[i] = net[i] | KIND(i)
     :: else
     fi;
     i++
  :: else -> break
  od;
  if
  :: waitsCommit == HELD && durable >= decideAt && durable >= EPOCH_AT -> tellAborted(); TOLD("commit", "aborted"); waitsCommit = NOBODY
  :: else
  fi;
  if
  :: waitsRollback == HELD && durable >= decideAt && durable >= EPOCH_AT -> tellAborted(); TOLD("rollback", "aborted"); waitsRollback = NOBODY
  :: else
  fi
}

/* Beginning.Begin */
inline begin()
{
  begun = 1;
  append(rBegun);
  beginAt = appended;
  t = tActive
}

/* Beginning.Welcome: an answer under a key must be repeatable. */
inline forceUnderKey()
{
  if
  :: KEY -> force()
  :: else
  fi
}

/* Preparing.Start */
inline start()
{
  t = tPreparing;
  if
  :: SILENT && durable < beginAt -> force()
  :: else
  fi;
#if ONEPHASE
  append(rOnePhase);
  oneAt = appended;
  force();
#endif
  i = 0;
  do
  :: i < N -> bs[i] = bPreparing; call[i] = cHeld; i++
  :: else -> break
  od;
  release()
}

/* Completing.EndIfAllAcknowledged. What has ended needs no branches. */
inline endIfAllAcknowledged()
{
  all = 1;
  i = 0;
  do
  :: i < N ->
#ifndef END_BEFORE_ACKS
     all = all && bs[i] != bCommitting && bs[i] != bAborting;
#endif
     i++
  :: else -> break
  od;
  if
  :: all ->
     mayEnd();
     append(rEnd);
     endAt = appended;
     t = (FORGETFUL -> tForgotten : (t == tCommitting -> tCommitted : tAborted));
     i = 0;
     do
     :: i < N -> bs[i] = bEnlisted; call[i] = cNone; i++
     :: else -> break
     od
  :: else
  fi
}

/* Deciding.Commit: the append, forced, is the decision; nobody hears of it before onDecisionDurable. */
inline decideCommit()
{
  mayCommit();
  t = tPrepared;
  append(rCommit);
  decideAt = appended;
  force();
  yesVotes = 0;
  i = 0;
  do
  :: i < N ->
     if
     :: bs[i] == bPrepared -> yesVotes = yesVotes | (1 << i)
     :: else
     fi;
     i++
  :: else -> break
  od;
#ifdef SEND_BEFORE_FORCE
  decideAt = 0;
  onDecisionDurable();
  release()
#endif
}

/* Completing.OnDecisionDurable */
inline onDecisionDurable()
{
  t = tCommitting;
  startCommit();
  if
  :: waitsCommit -> tellCommitted(); TOLD("commit", "committed"); waitsCommit = NOBODY
  :: else
  fi;
  if
  :: waitsRollback -> tellCommitted(); TOLD("rollback", "committed"); waitsRollback = NOBODY
  :: else
  fi;
  endIfAllAcknowledged()
}

/* Completing.StartCommit. Read-only branches get no second phase; in one phase the branch has committed already. */
inline startCommit()
{
  i = 0;
  do
  :: i < N ->
     if
     :: YES(i) -> bs[i] = (ONEPHASE -> bCommitted : bCommitting); call[i] = (ONEPHASE -> cNone : cHeld)
     :: else -> bs[i] = bReadOnly
     fi;
     i++
  :: else -> break
  od
}

#ifdef NO_ONE_PHASE_ABORT_RECORD
#define ABORT_IS_LOGGED KEY
#else
#define ABORT_IS_LOGGED (KEY || ONEPHASE && t == tPreparing)
#endif

/* Deciding.Abort: not logged, since whoever asks about what the log does not know is told "aborted"; but under a key and in one phase. */
inline abort()
{
  abortWanted = 0;
  decideAt = 0;
  if
  :: ABORT_IS_LOGGED ->
     append(rAbort);
     decideAt = appended;
#ifndef NO_ABORT_FORCE
     force()
#endif
  :: else
  fi;
  t = tAborting;
  i = 0;
  do
  :: i < N ->
     if
     :: bs[i] == bRefused || bs[i] == bReadOnly -> call[i] = cNone
     :: else -> bs[i] = bAborting; call[i] = cHeld
     fi;
     i++
  :: else -> break
  od;
  if
  :: waitsCommit -> waitsCommit = HELD
  :: else
  fi;
  if
  :: waitsRollback -> waitsRollback = HELD
  :: else
  fi;
  release();
  endIfAllAcknowledged()
}

/* Preparing.AbortIfUndecided: once a one-phase call may have arrived, only the participant decides. */
inline want()
{
#if ONEPHASE && !defined(TIMEOUT_ABORTS_ONE_PHASE)
  if
  :: t == tPreparing -> abortWanted = 1
  :: else -> abort()
  fi
#else
  abort()
#endif
}

/* WriteAheadLog and Coordinator.Durable: the next record has become durable. */
inline flush()
{
  durable++;
  if
  :: log[durable - 1] == rCommit ->
     decidedCommit = 1;
     if
     :: t == tPrepared -> onDecisionDurable()
     :: else
     fi
  :: else
  fi;
  release()
}

/* Coordinator.OnCallEnded with an answer: Preparing.OnVote or Completing.OnAnswer. */
inline onAnswer(b)
{
  if
  :: bs[b] == bPreparing ->
     if
     :: call[b] == cYes -> call[b] = cNone; bs[b] = bPrepared; decideIfAllVoted()
     :: call[b] == cReadOnly -> call[b] = cNone; bs[b] = bReadOnly; decideIfAllVoted()
     :: call[b] == cNo || call[b] == cRefused -> call[b] = cNone; bs[b] = bRefused; abort()
     :: else -> assert(false) /* never */
     fi
  :: bs[b] == bCommitting ->
     assert(call[b] == cDone);
     call[b] = cNone;
     bs[b] = bCommitted;
     endIfAllAcknowledged()
  :: bs[b] == bAborting ->
     assert(call[b] == cDone);
     call[b] = cNone;
     bs[b] = bAborted;
     endIfAllAcknowledged()
  :: else -> assert(false) /* never */
  fi
}

inline decideIfAllVoted()
{
  all = 1;
  i = 0;
  do
  :: i < N -> all = all && (bs[i] == bPrepared || bs[i] == bReadOnly); i++
  :: else -> break
  od;
  if
  :: all -> decideCommit()
  :: else
  fi
}

/* No answer in time: the call is made again at once, as another attempt. What is on its way may still arrive, as a stale one. */
inline giveUp(b)
{
  mayHaveArrived = ONEPHASE;
  call[b] = cSent
}

/* The connection was refused: the call certainly did not arrive. In one phase an abort that is wanted is now possible. */
inline notConnected(b)
{
  net[b] = 0;
  if
  :: abortWanted -> call[b] = cNone; abort()
  :: else -> net[b] = PREPARE
  fi
}

/* Preparing.OnLateVote: an answer to an attempt that was given up, and another than the one that counted. */
#if FICKLE
#define CONTRADICTS(b) (t == tPreparing && ((bs[b] == bPrepared && (votes[b] & ~vYes)) || (bs[b] == bReadOnly && (votes[b] & ~vReadOnly))))
#endif
inline contradicted(b)
{
  bs[b] = bPrepared;
  abort()
}

/* ---- What clients and participants ask ------------------------------------------------------------------------------------------ */

#define MAY_ASK (begun && durable >= epochAt && !epochLost && requests < REQUESTS && !healed)

/* Requesting.Commit */
inline requestCommit()
{
  if
  :: t == tActive -> waitsCommit = WAITS; start()
  :: t == tPreparing || t == tPrepared -> waitsCommit = WAITS
  :: t == tCommitting || t == tCommitted -> tellCommitted(); TOLD("commit", "committed")
  :: t == tAborting || t == tAborted -> waitsCommit = HELD; release()
  :: t == tUnknown -> tellAborted(); TOLD("commit", "aborted")
  :: t == tForgotten -> TOLD("commit", "forgotten")
  fi
}

/* Requesting.Rollback */
inline requestRollback()
{
  if
  :: UNDECIDED -> waitsRollback = WAITS; want()
  :: t == tPrepared -> waitsRollback = WAITS
  :: t == tCommitting || t == tCommitted -> tellCommitted(); TOLD("rollback", "committed")
  :: t == tAborting || t == tAborted -> waitsRollback = HELD; release()
  :: t == tUnknown || t == tForgotten -> TOLD("rollback", "forgotten")
  fi
}

/* Requesting.Get: an outcome that is not durable is not shown (I14), and what is not known is never called aborted (I10). */
inline requestGet()
{
  if
  :: t == tCommitting || t == tCommitted -> tellCommitted(); TOLD("get", "committed")
  :: (t == tAborting || t == tAborted) && durable >= decideAt -> tellAborted(); TOLD("get", "aborted")
  :: UNDECIDED || t == tPrepared || (t == tAborting && durable < decideAt) -> TOLD("get", "undecided")
  :: t == tUnknown || t == tForgotten -> TOLD("get", "forgotten")
  fi
}
