package lathe.hostile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A folder with a data file that models may use, and beside it a secret that none may reach: not by a path that climbs,
 * not by an absolute one, not by a link to the file or to its folder.
 */
final class HostileFolder {

    private static final byte[] SECRET = "SECRET..".repeat(512).getBytes(StandardCharsets.US_ASCII);

    private final Path folder;

    private HostileFolder(Path folder) {
        this.folder = folder;
    }

    /** Lays it out below an empty folder. */
    static HostileFolder below(Path root) throws IOException {
        Path folder = Files.createDirectories(root.resolve("model"));
        Files.createDirectories(folder.resolve("sub"));
        Path secret = Files.write(root.resolve("secret.data"), SECRET);
        Files.write(folder.resolve("weights.data"), new byte[SECRET.length]);
        Files.createSymbolicLink(folder.resolve("link.data"), secret);
        Files.createSymbolicLink(folder.resolve("linked"), root);
        return new HostileFolder(folder);
    }

    Path path() {
        return folder;
    }

    /** True if these bytes were read from the secret. */
    static boolean isSecret(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1).contains("SECRET");
    }

    /** Any name in the folder that was not there at first, except the model's. */
    Optional<String> leftover(Path model) throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> !file.equals(model))
                    .map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("sub")
                            && !name.equals("weights.data")
                            && !name.equals("link.data")
                            && !name.equals("linked"))
                    .findFirst();
        }
    }
}
