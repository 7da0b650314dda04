/* What a simulation prints: every event, what it answered to whom, and what anybody could see afterwards. Nothing in a verifier. */
#ifdef TRACE
#ifndef HEAL_AFTER
#define HEAL_AFTER 0
#endif
#ifndef CRASH_AFTER
#define CRASH_AFTER 0
#endif
byte events;                           /* so that a simulation lives before it crashes or heals */
#define MAY_HEAL  (events >= HEAL_AFTER)
#define MAY_CRASH (events >= CRASH_AFTER)
#define EVENT(text)           printf("> "); printf(text); printf("\n")
#define EVENT1(text, a)       printf("> "); printf(text, a); printf("\n")
#define EVENT2(text, a, c)    printf("> "); printf(text, a, c); printf("\n")
#define TOLD(whom, what)      printf("= "); printf(whom); printf(" "); printf(what); printf("\n")
#define STALE_ANSWER(what)    printf("= stale %d\n", what)
inline observe()
{
  events = (events < 255 -> events + 1 : 255);
  printf(": %e %d/%d/%d ", t, durable, forced, appended);
  i = 0;
  do
  :: i < appended -> printf("%e,", log[i]); i++
  :: else -> break
  od;
  i = 0;
  do
  :: i < N ->
     printf(" | %e %d%d %e %d%d/%d", bs[i], call[i], (ANSWER(i) && READY(i)), ph[i], promised[i], pend[i], pdur[i]);
     i++
  :: else -> break
  od;
  printf("\n")
}
#else
#define MAY_HEAL  1
#define MAY_CRASH 1
#define EVENT(text)           skip
#define EVENT1(text, a)       skip
#define EVENT2(text, a, c)    skip
#define TOLD(whom, what)      skip
#define STALE_ANSWER(what)    skip
inline observe() { skip }
#endif
