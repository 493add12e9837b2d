package lathe.cli.models;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import lathe.synth.input.RealInputs;
import lathe.synth.input.RealInputs.Samples;

/**
 * Real inputs out of files: an {@code .npz} archive of arrays by input name, an {@code .npy} array, or a folder of images
 * or of such files. Axis 0 of every array runs over samples. Images are read when they are asked for.
 */
public final class InputFiles {

    private static final String NPY = ".npy";
    private static final String NPZ = ".npz";
    private static final float WHITE = 255f;

    private final String typed;

    private InputFiles(String typed) {
        this.typed = typed;
    }

    /**
     * Reads what {@code --inputs} names.
     *
     * @throws IllegalArgumentException in one line that begins with the option, if it is not there or cannot be read
     */
    public static RealInputs read(String typed) {
        return new InputFiles(typed).read();
    }

    private RealInputs read() {
        Path path = ModelFiles.path(typed);
        if (!Files.exists(path)) {
            throw wrong(
                    "no such file or folder; an .npz or .npy file, or a folder of images or of such files is needed");
        }
        try {
            if (!Files.isDirectory(path)) {
                return RealInputs.ofArrays(typed, arrays(path));
            }
            List<Path> images = LabelledImages.imagesIn(path);
            List<Path> arrays = arraysIn(path);
            if (images.isEmpty() == arrays.isEmpty()) {
                throw wrong(
                        images.isEmpty()
                                ? "a folder without images and without .npz or .npy files"
                                : "a folder of both images and arrays; keep one kind");
            }
            return arrays.isEmpty() ? photographs(images) : RealInputs.ofArrays(typed, joined(arrays));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> arraysIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> isA(file, NPY) || isA(file, NPZ))
                    .sorted()
                    .toList();
        }
    }

    private static boolean isA(Path file, String suffix) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(suffix);
    }

    private RealInputs photographs(List<Path> images) {
        return RealInputs.ofPhotographs(typed, images.size(), (index, channels, height, width) -> {
            try {
                PixelPlanes picture = PixelPlanes.of(LabelledImages.readFile(images.get(index)))
                        .withChannels(channels)
                        .fitted(width, height, 1);
                float[] values = new float[channels * height * width];
                for (int i = 0; i < values.length; i++) {
                    values[i] = picture.planes()[i / (height * width)][i % (height * width)] / WHITE;
                }
                return values;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private Map<String, Samples> arrays(Path file) throws IOException {
        if (isA(file, NPZ)) {
            return archive(file);
        }
        if (!isA(file, NPY)) {
            throw wrong("neither .npz nor .npy nor a folder");
        }
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            return Map.of(RealInputs.UNNAMED, array(file.getFileName().toString(), in));
        }
    }

    private Map<String, Samples> archive(Path file) throws IOException {
        Map<String, Samples> arrays = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            Enumeration<? extends ZipEntry> entries = zip.entries();
            while (entries.hasMoreElements()) {
                ZipEntry entry = entries.nextElement();
                if (!entry.getName().endsWith(NPY)) {
                    throw wrong("its entry '%s' is no .npy array".formatted(entry.getName()));
                }
                String name = entry.getName().substring(0, entry.getName().length() - NPY.length());
                try (InputStream in = new BufferedInputStream(zip.getInputStream(entry))) {
                    arrays.put(name, array(name, in));
                }
            }
        } catch (ZipException e) {
            throw wrong("no .npz archive: " + e.getMessage());
        }
        return arrays;
    }

    private Samples array(String name, InputStream in) throws IOException {
        try {
            return NpyArray.read(in);
        } catch (IllegalArgumentException | EOFException | ZipException e) {
            throw wrong("'%s': %s".formatted(name, e.getMessage()));
        }
    }

    /** The arrays of several files, one behind the other along axis 0. */
    private Map<String, Samples> joined(List<Path> files) throws IOException {
        Map<String, List<Samples>> parts = new LinkedHashMap<>();
        for (Path file : files) {
            Map<String, Samples> arrays = arrays(file);
            if (file != files.get(0) && !arrays.keySet().equals(parts.keySet())) {
                throw wrong("%s holds other arrays than %s"
                        .formatted(file.getFileName(), files.get(0).getFileName()));
            }
            arrays.forEach((name, samples) -> {
                List<Samples> before = parts.computeIfAbsent(name, n -> new ArrayList<>());
                checkAlike(file, samples, before.isEmpty() ? samples : before.get(0));
                before.add(samples);
            });
        }
        Map<String, Samples> joined = new LinkedHashMap<>();
        parts.forEach((name, samples) -> joined.put(name, joined(name, samples)));
        return joined;
    }

    private void checkAlike(Path file, Samples samples, Samples first) {
        if (first.type() != samples.type() || !Arrays.equals(sampleDims(first), sampleDims(samples))) {
            throw wrong("%s holds %s of shape %s, the first file %s of shape %s; all samples must have one shape"
                    .formatted(
                            file.getFileName(),
                            samples.type(),
                            Arrays.toString(samples.dims()),
                            first.type(),
                            Arrays.toString(first.dims())));
        }
    }

    private static long[] sampleDims(Samples samples) {
        return Arrays.copyOfRange(samples.dims(), 1, samples.dims().length);
    }

    private Samples joined(String name, List<Samples> parts) {
        long elements = parts.stream().mapToLong(part -> part.values().length).sum();
        if (elements > Integer.MAX_VALUE - 8) {
            throw wrong("'%s': more than %d numbers; give fewer samples".formatted(name, Integer.MAX_VALUE - 8));
        }
        float[] values = new float[(int) elements];
        long[] dims = parts.get(0).dims().clone();
        dims[0] = 0;
        int at = 0;
        for (Samples part : parts) {
            System.arraycopy(part.values(), 0, values, at, part.values().length);
            at += part.values().length;
            dims[0] += part.dims()[0];
        }
        return new Samples(parts.get(0).type(), dims, values);
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("--inputs %s: %s".formatted(typed, what));
    }
}
