package lathe.cli.commands;

import java.util.List;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Completion;
import lathe.cli.shell.Console;

/** {@code lathe completion}: a script that teaches a shell the commands and options, made from their tables. */
final class CompletionCommand implements Command {

    @Override
    public String name() {
        return "completion";
    }

    @Override
    public String summary() {
        return "prints a script that completes commands, options and values in a shell";
    }

    @Override
    public List<String> operands() {
        return List.of(String.join("|", Completion.SHELLS));
    }

    @Override
    public List<String> examples() {
        return List.of(
                "completion bash > ~/.local/share/bash-completion/completions/lathe",
                "completion zsh > ~/.zfunc/_lathe",
                "completion fish > ~/.config/fish/completions/lathe.fish");
    }

    @Override
    public List<CommandOption> options() {
        return List.of();
    }

    /** The answer. */
    private record Answer(String shell, String script) {}

    @Override
    public void run(Arguments arguments, Console console) {
        String shell = arguments.operand(0);
        String script = Completion.script(shell, Commands.ALL);
        console.answer(new Answer(shell, script));
        console.show(script);
    }
}
