/* How large a world, and what can go wrong in it. check.sh sets them; README.md has a table. */
#ifndef N
#define N 2              /* branches, each of a participant of its own */
#endif
#ifndef CRASHES
#define CRASHES 1        /* of the coordinator, each keeping any prefix of the log that holds what is durable */
#endif
#ifndef PCRASHES
#define PCRASHES 1       /* of participants, together */
#endif
#ifndef STALE
#define STALE 1          /* 1: every request that was ever sent may arrive again, any number of times */
#endif
#ifndef TIMEOUTS
#define TIMEOUTS 1       /* 1: any call may get no answer, any number of times: its request or its answer is lost or late */
#endif
#ifndef DEADLINE
#define DEADLINE 1       /* 1: the deadline may pass at any time; 0: only when all faults have healed */
#endif
#ifndef LATER
#define LATER 1          /* 1: calls of later transactions carry endedBefore to the participants */
#endif
#ifndef REQUESTS
#define REQUESTS 1       /* requests of clients beside the begin: commit, rollback (a get is free: it changes nothing) */
#endif
#ifndef VOTES
#define VOTES 3          /* 1: all yes; 2: yes or no; 3: yes, no or read-only; each participant has its own for the whole run */
#endif
#ifndef FICKLE
#define FICKLE 0         /* 1: and asked again after it has forgotten, it may vote otherwise */
#endif
#ifndef SILENT
#define SILENT 0         /* 1: participants do not inquire */
#endif
#ifndef KEY
#define KEY 0            /* 1: under an idempotency key */
#endif
#ifndef ONEPHASE
#define ONEPHASE 0       /* 1: the one branch is called in one phase (N is 1) */
#endif
#ifndef FORGETFUL
#define FORGETFUL 0      /* 1: no retention: what has ended is forgotten at once */
#endif

/* Nothing goes wrong and nobody wants an abort (AC4). */
#define CALM (!CRASHES && !PCRASHES && !TIMEOUTS && !DEADLINE && VOTES == 1 && !REQUESTS)
