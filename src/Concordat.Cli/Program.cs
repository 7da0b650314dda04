Console.Error.WriteLine("concordat: no commands are built in yet");
return 2;
