/* What must never break. Each is asserted where it could first be seen to. */

#define YES(b) (yesVotes & (1 << (b)))

/* I6: nobody hears of a commit before it is durable. AC2: nor after somebody was told the other. */
inline tellCommitted()
{
  assert(decidedCommit);
  assert(!toldAborted)
}

/* AC2, I10, I14: nobody is told "aborted" of what commits, and what was told so never commits (decideCommit). */
inline tellAborted()
{
  assert(!decidedCommit && t != tPrepared);
  toldAborted = 1
}

/* AC3, I7: commit only if every branch voted yes, and has promised so durably, or read-only. */
inline mayCommit()
{
  assert(!toldAborted);
  i = 0;
  do
  :: i < N ->
     assert(bs[i] == bPrepared || bs[i] == bReadOnly);
#if ONEPHASE
     assert(pend[i] == endC && pdur[i] == PLEN(i));
#else
#ifndef UNCHECKED
     assert(bs[i] != bPrepared || (promised[i] && pend[i] == endNone && pdur[i] >= 1));
#endif
#endif
     i++
  :: else -> break
  od
}

/* I8, I9: the end of a commit comes after every commit is durable at its participant. */
inline mayEnd()
{
  i = 0;
  do
  :: i < N ->
     assert(!decidedCommit || !YES(i) || (pend[i] == endC && pdur[i] == PLEN(i)));
     i++
  :: else -> break
  od
}

/* AC1: no participant commits without the decision to, and none that voted yes rolls back against it. */
inline mayApply(b)
{
#if ONEPHASE
  assert(!toldAborted && t != tAborting && t != tAborted)
#else
  assert(decidedCommit)
#endif
}

inline mayUndo(b) { assert(!decidedCommit || !YES(b)) }

/* AC5, once nothing is left to do: everybody has decided, nobody waits; AC1 as a whole; AC4 where nothing went wrong. */
inline judge()
{
  assert(t == tUnknown || t == tCommitted || t == tAborted || t == tForgotten);
  assert(!waitsCommit && !waitsRollback);
  i = 0;
  do
  :: i < N ->
     assert(ph[i] == pUnknown || ph[i] == pCommitted || ph[i] == pRolledBack || ph[i] == pLeftNo || ph[i] == pLeftReadOnly);
     assert(pdur[i] == PLEN(i));
     assert(!decidedCommit || !YES(i) || pend[i] == endC);
     assert(decidedCommit || pend[i] != endC);
     i++
  :: else -> break
  od;
#if CALM
  assert(decidedCommit)
#endif
}
