package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import lathe.cli.commands.Commands;
import lathe.cli.shell.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** With {@code --json}, the answer is one JSON object whatever happens, for every command. */
class JsonFailureTest {

    @TempDir
    Path folder;

    static Stream<String> commands() {
        return Commands.ALL.stream().map(Command::name);
    }

    private static JsonObject error(CommandRun run, int code) {
        assertEquals(code, run.code(), run::err);
        JsonObject error = JsonParser.parseString(run.out()).getAsJsonObject().getAsJsonObject("error");
        assertEquals(code, error.get("exitCode").getAsInt());
        assertEquals("lathe: " + error.get("message").getAsString() + "\n", run.err());
        return error;
    }

    @ParameterizedTest
    @MethodSource("commands")
    void anUnknownOption(String command) {
        error(CommandRun.of(command, "--json", "--frobnicate"), 2);
        error(CommandRun.of(command, "--frobnicate", "--json"), 2);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void oneArgumentTooMany(String command) {
        List<Object> words = new ArrayList<>(List.of(command, "--json"));
        for (int i = 0; i < 3; i++) {
            words.add(folder.resolve(i + ".onnx"));
        }
        CommandRun run = CommandRun.of(words.toArray());
        if (command.equals("compress")) { // takes several, and says of each what is wrong
            assertEquals(2, run.code());
            assertEquals(3, run.json().get("failed").getAsInt());
        } else {
            error(run, 2);
        }
    }

    @ParameterizedTest
    @MethodSource("commands")
    void aBrokenFile(String command) throws IOException {
        Path broken = Files.writeString(folder.resolve("broken.onnx"), "no model");
        switch (command) {
            case "profile" -> error(CommandRun.of(command, broken, "--json", "-o", folder.resolve("device.yaml")), 2);
            case "compress", "inspect", "sweep", "pack", "unpack" -> error(CommandRun.of(command, broken, "--json"), 2);
            case "verify" -> error(CommandRun.of(command, broken, broken, "--json"), 2);
            case "evaluate" ->
                error(CommandRun.of(command, broken, "--json", "--images", folder, "--labels", broken), 2);
            case "demo" -> error(CommandRun.of(command, "--json", "-o", folder.resolve("no/where.onnx")), 2);
            case "help", "completion" -> error(CommandRun.of(command, broken, "--json"), 2);
            default -> throw new AssertionError(command + " has no case here yet");
        }
    }

    @Test
    void noSuchCommand() {
        assertTrue(error(CommandRun.of("frobnicate", "--json"), 2)
                .get("message")
                .getAsString()
                .contains("frobnicate"));
    }
}
