// Both machines have a caller, a reply and an append; in the tests of the participant they are the participant's. The tests of the
// coordinator live in a namespace whose own names win over these.
global using Append = Concordat.Core.Participation.ParticipantEffect.Append;
global using Answer = Concordat.Core.Participation.ParticipantEffect.Answer;
global using Caller = Concordat.Core.Participation.Caller;
global using Reply = Concordat.Core.Participation.Reply;
