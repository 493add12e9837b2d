package lathe.hostile;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A process of its own that runs the whole command on one hostile file after the other, so that a crash of native code
 * ends it and not the test. Says on standard output when a case begins, and what went wrong.
 */
final class CommandBatch {

    static final String BEGIN = "begin ";
    static final String FAILED = "failed ";
    static final String DONE = "done";

    private CommandBatch() {}

    /**
     * Runs the cases and ends the process.
     *
     * @param args an empty folder, the first seed, the number of cases
     */
    public static void main(String[] args) throws Exception {
        long first = Long.parseLong(args[1]);
        int cases = Integer.parseInt(args[2]);
        CommandRoute route = new CommandRoute(HostileFolder.below(Path.of(args[0])));
        int[] codes = new int[5];
        for (long seed = first; seed < first + cases; seed++) {
            System.out.println(BEGIN + seed);
            Choices choices = Choices.seeded(seed);
            byte[] model = HostileModels.made(choices);
            Optional<String> failure = route.failure(model, choices, codes);
            failure.ifPresent(what -> System.out.println(FAILED + what.replace('\n', '\t')));
        }
        System.out.printf("%s %d ended with 0, %d with 2, %d with 3%n", DONE, codes[0], codes[2], codes[3]);
        System.exit(0);
    }
}
