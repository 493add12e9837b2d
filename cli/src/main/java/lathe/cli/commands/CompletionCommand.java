package lathe.cli.commands;

import java.util.List;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.Completion;
import lathe.cli.shell.Console;

/** {@code lathe completion}: a script that teaches a shell the commands and options, made from their tables. */
final class CompletionCommand {

    static final Command COMMAND = new Command(
            "completion",
            "prints a script that completes commands, options and values in a shell",
            List.of(String.join("|", Completion.SHELLS)),
            List.of(
                    "completion bash > ~/.local/share/bash-completion/completions/lathe",
                    "completion zsh > ~/.zfunc/_lathe",
                    "completion fish > ~/.config/fish/completions/lathe.fish"),
            List.of(),
            CompletionCommand::run);

    private CompletionCommand() {}

    /** The answer. */
    private record Answer(String shell, String script) {}

    private static void run(Arguments arguments, Console console) {
        String shell = arguments.operand(0);
        String script = Completion.script(shell, Commands.ALL);
        console.answer(new Answer(shell, script));
        console.show(script);
    }
}
