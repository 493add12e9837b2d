package lathe.cli;

import java.util.List;

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
        return List.of("bash|zsh|fish");
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
        String script = switch (shell) {
            case "bash" -> BashCompletion.script(Main.commands());
            case "zsh" -> ZshCompletion.script(Main.commands());
            case "fish" -> FishCompletion.script(Main.commands());
            default ->
                throw CommandException.badInput("%s: must be one of bash, zsh, fish%s"
                        .formatted(shell, Arguments.suggestion(shell, List.of("bash", "zsh", "fish"))));
        };
        console.answer(new Answer(shell, script));
        console.show(script);
    }
}
