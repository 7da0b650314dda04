/*
 * A crash and the start after it, in one step: a coordinator that is down does nothing that anybody could see, and one whose epoch
 * is not durable is the recovery that others can meet. The log keeps its first `keep` records.
 */
inline restart()
{
  /* The process dies. */
  t = tUnknown;
  i = 0;
  do
  :: i < N ->
     call[i] = cNone;
     bs[i] = bEnlisted;
#if FICKLE
     votes[i] = 0;
#endif
     i++
  :: else -> break
  od;
  waitsCommit = NOBODY;
  waitsRollback = NOBODY;
  abortWanted = 0;
  mayHaveArrived = ONEPHASE;
  beginAt = 0; oneAt = 0; decideAt = 0; endAt = 0;
  do
  :: appended > keep -> appended--; log[appended] = rNone
  :: else -> break
  od;
  epochLost = epochLost || appended == 0;

  /* Of the epochs only the transaction's own and the newest matter: an earlier one is left out of the log. */
  if
  :: epochAt > 1 && epochAt <= appended ->
     i = epochAt;
     do
     :: i < appended -> log[i - 1] = log[i]; i++
     :: else -> break
     od;
     appended--;
     log[appended] = rNone;
     durable = (durable >= epochAt -> durable - 1 : durable)
  :: else
  fi;

  /* CoordinatorReplay.Apply, for every record. found has a bit for each kind that is there. */
  found = 0;
  i = 0;
  do
  :: i < appended -> found = found | (1 << (rNone - log[i])); i++
  :: else -> break
  od;

  /* CoordinatorReplay.Finish */
  append(rEpoch);
  epochAt = appended;
  force();
  resume()
}

#define FOUND(record) (found & (1 << (rNone - (record))))

/* RecoveryTable.Decide and Resuming.Resume */
inline resume()
{
  yesVotes = (FOUND(rCommit) -> yesVotes : 0);
  if
  :: FOUND(rEnd) ->
     t = (FORGETFUL -> tForgotten : (FOUND(rCommit) -> tCommitted : tAborted))
#ifdef SKIP_DECIDED_IN_RECOVERY
  :: FOUND(rCommit) && !FOUND(rEnd) -> t = tCommitted
#else
  :: FOUND(rCommit) && !FOUND(rEnd) ->
     t = tCommitting;
     startCommit();
     endIfAllAcknowledged()
#endif
  :: FOUND(rAbort) && !FOUND(rEnd) ->
     t = tAborting;
     i = 0;
     do
     :: i < N -> bs[i] = bAborting; call[i] = cHeld; i++
     :: else -> break
     od
  :: FOUND(rOnePhase) && !FOUND(rCommit) && !FOUND(rAbort) ->
     t = tPreparing;
     i = 0;
     do
     :: i < N -> bs[i] = bPreparing; call[i] = cHeld; i++
     :: else -> break
     od
  :: FOUND(rBegun) && !FOUND(rOnePhase) && !FOUND(rCommit) && !FOUND(rAbort) && !FOUND(rEnd) -> abort()
  :: !FOUND(rBegun) -> t = tUnknown
  fi;
  release()
}
