/* ---- The coordinator ------------------------------------------------------------------------------------------------------- */

/* Of the transaction: TransactionState, and three ways of not being live. */
mtype = { tUnknown, tActive, tPreparing, tPrepared, tCommitting, tAborting, tCommitted, tAborted, tForgotten };

/* Of a branch: BranchState. A hazard is an assertion. */
mtype = { bEnlisted, bPreparing, bPrepared, bReadOnly, bRefused, bCommitting, bAborting, bCommitted, bAborted };

/* Records of the log. */
mtype = { rNone, rEpoch, rBegun, rOnePhase, rCommit, rAbort, rEnd };

mtype t = tUnknown;
mtype bs[N] = bEnlisted;

#define LOGMAX 6
mtype log[LOGMAX] = rNone;
byte appended = 1, durable = 0, forced = 1;   /* how many records; forced: to be made durable at once */
byte yesVotes = 0;                     /* what the decision's record names: the branches that voted yes, a bit each */

/* Where in the log they stand, in this epoch; 0: not appended in it, or not needed. */
byte epochAt = 1, beginAt, oneAt, decideAt, endAt;

bool abortWanted;                      /* one phase: deadline or rollback wait for the participant */
bool mayHaveArrived;                   /* one phase: the call may have */

#define NOBODY 0
#define WAITS  1                       /* for the outcome */
#define HELD   2                       /* "aborted", until its record is durable */
byte waitsCommit, waitsRollback;

#define UNDECIDED (t == tActive || t == tPreparing)
#define LIVE      (t == tActive || t == tPreparing || t == tPrepared || t == tCommitting || t == tAborting)
#define ENDED     (t == tCommitted || t == tAborted)

/* ---- A branch's call, from the coordinator's point of view; at most one is out per branch --------------------------------------- */

#define cNone     0
#define cHeld     1      /* waits for a record of the coordinator's */
#define cSent     2      /* on its way */
#define cThere    3      /* the participant has it and has not answered */
#define cYes      4      /* answered from here on; the answer waits for the participant's record, then is on its way back */
#define cNo       5      /* of what is rolled back, on record */
#define cRefused  6      /* a no that waits for nothing */
#define cReadOnly 7
#define cDone     8
byte call[N] = cNone;
#define ANSWER(b) (call[b] >= cYes)

/* Every kind of request that was ever sent to a participant. */
#define PREPARE  1
#define COMMIT   2
#define ROLLBACK 4
byte net[N];
#define KIND(b) (bs[b] == bPreparing -> PREPARE : (bs[b] == bCommitting -> COMMIT : ROLLBACK))

/* ---- A participant: BranchPhase, and its log: at most Prepared, then Committed or RolledBack ------------------------------------- */

mtype = { pUnknown, pPreparing, pStopping, pPrepared, pCommitting, pRollingBack, pCommitted, pRolledBack, pLeftNo, pLeftReadOnly };
/* pStopping: preparing, and a rollback came meanwhile. */

mtype ph[N] = pUnknown;
bool promised[N];                      /* its log holds Prepared */
#define endNone 0
#define endC    1
#define endR    2
byte pend[N];                          /* its log holds Committed or RolledBack */
byte pdur[N];                          /* how many of its records are durable */
#define PLEN(b)    (promised[b] + (pend[b] != endNone))
#define RUNNING(b) (ph[b] == pPreparing || ph[b] == pStopping || ph[b] == pCommitting || ph[b] == pRollingBack)
#define RECORDED(b) (ph[b] == pPreparing || ph[b] == pStopping || pdur[b] >= promised[b])   /* what the resource manager waits for */

bool mark[N];                          /* it was told an endedBefore past this transaction's createdAt */
bool markPrepared[N], markEnd[N];      /* the mark that the record carries */

#define vYes      1
#define vNo       2
#define vReadOnly 4
byte vote[N] = vYes;
#if FICKLE
byte votes[N];                         /* votes that were given to calls of this start of the coordinator */
#endif

/* When its answer to the present call is on its way. */
#define READY(b) (call[b] == cRefused \
  || (call[b] == cYes && pdur[b] >= YES_NEEDS(b)) \
  || (call[b] == cNo && pdur[b] == PLEN(b)) \
  || (call[b] == cReadOnly && (!ONEPHASE || pdur[b] == PLEN(b))) \
  || (call[b] == cDone && pdur[b] >= DONE_NEEDS(b)))

#ifdef NO_PREPARED_FORCE
#define YES_NEEDS(b) 0
#elif defined(UNREPAIRED_LOG)
#define YES_NEEDS(b) (pcrashes == 0)
#elif ONEPHASE
#define YES_NEEDS(b) PLEN(b)
#else
#define YES_NEEDS(b) 1
#endif
#ifdef ACK_BEFORE_DURABLE
#define DONE_NEEDS(b) 0
#else
#define DONE_NEEDS(b) PLEN(b)
#endif

/* ---- Ghosts and bounds --------------------------------------------------------------------------------------------------------- */

bool begun;          /* the client's begin was accepted */
bool epochLost;      /* ghost: the log no longer holds the epoch that the transaction's id is of */
bool decidedCommit;  /* ghost: a commit decision is durable */
bool toldAborted;    /* ghost: somebody outside was told that it aborted */
bool healed;
byte crashes, pcrashes, requests;
byte keep;
hidden byte i, found;
hidden byte all;
