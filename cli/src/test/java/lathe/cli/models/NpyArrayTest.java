package lathe.cli.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.RealInputs;
import lathe.synth.input.RealInputs.Samples;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NpyArrayTest {

    private static byte[] npy(String type, boolean fortran, String shape, String hexData) {
        String dict = "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }"
                .formatted(type, fortran ? "True" : "False", shape);
        String header = dict + " ".repeat(64 - (10 + dict.length() + 1) % 64) + "\n";
        byte[] data = HexFormat.of().parseHex(hexData);
        byte[] file = new byte[10 + header.length() + data.length];
        System.arraycopy(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}, 0, file, 0, 8);
        file[8] = (byte) header.length();
        file[9] = (byte) (header.length() >> 8);
        for (int i = 0; i < header.length(); i++) {
            file[10 + i] = (byte) header.charAt(i);
        }
        System.arraycopy(data, 0, file, 10 + header.length(), data.length);
        return file;
    }

    private static Samples read(byte[] file) throws IOException {
        return NpyArray.read(new ByteArrayInputStream(file));
    }

    @ParameterizedTest
    @CsvSource({
        "<f2, 003c00c0, 1, -2",
        ">f2, 3c00c000, 1, -2",
        "<f4, 0000803f000000c0, 1, -2",
        ">f4, 3f800000c0000000, 1, -2",
        "<f8, 000000000000f03f00000000000000c0, 1, -2",
        ">f8, 3ff0000000000000c000000000000000, 1, -2",
        "|i1, 01fe, 1, -2",
        "<i2, 0100feff, 1, -2",
        "<i4, 01000000feffffff, 1, -2",
        ">i4, 00000001fffffffe, 1, -2",
        "<i8, 0100000000000000feffffffffffffff, 1, -2",
        "|u1, 01fe, 1, 254",
        "<u2, 0100feff, 1, 65534",
        ">u4, 00000001000000fe, 1, 254",
        "<u8, 0100000000000000fe00000000000000, 1, 254",
        "|b1, 0100, 1, 0",
    })
    void readsNumbersOfEitherByteOrder(String type, String data, float first, float second) throws IOException {
        Samples samples = read(npy(type, false, "(2,)", data));
        assertArrayEquals(new float[] {first, second}, samples.values());
        assertArrayEquals(new long[] {2}, samples.dims());
    }

    /** Written by NumPy 2's {@code savez} and {@code savez_compressed}. */
    @Test
    void archivesThatNumPyWroteAreRead(@TempDir Path folder) throws IOException {
        for (String name : List.of("stored.npz", "deflated.npz")) {
            Path file = folder.resolve(name);
            try (InputStream in = NpyArrayTest.class.getResourceAsStream(name)) {
                Files.copy(in, file);
            }
            RealInputs real = InputFiles.read(file.toString());
            assertEquals(3, real.count());
        }
        assertEquals(6, InputFiles.read(folder.toString()).count());
    }

    @Test
    void fortranOrderIsTurned() throws IOException {
        Samples samples = read(npy("|u1", true, "(2, 3)", "000301040205"));
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, samples.values());
        assertEquals(ElementType.UINT8, samples.type());
    }

    @Test
    void largeArraysAreReadWhole() throws IOException {
        StringBuilder hex = new StringBuilder();
        for (int i = 0; i < 200_000; i++) {
            hex.append(HexFormat.of().toHexDigits((byte) (i % 251)));
        }
        float[] values = read(npy("|u1", false, "(200000,)", hex.toString())).values();
        assertEquals(200_000, values.length);
        for (int i = 0; i < values.length; i++) {
            assertEquals(i % 251, values[i]);
        }
    }

    @Test
    void whatIsWrongIsSaid() {
        assertRefused("NaN or infinity, first in sample 1", npy("<f4", false, "(2,)", "000000000000c07f"));
        assertRefused("NaN or infinity, first in sample 1", npy("<f4", true, "(2, 1)", "000000000000c07f"));
        assertRefused("more bytes", npy("|u1", false, "(2,)", "010203"));
        assertRefused("sample axis", npy("|u1", false, "()", "01"));
        assertRefused("holds nothing", npy("|u1", false, "(0, 3)", ""));
        assertRefused("element type", npy("<c8", false, "(1,)", "0000000000000000"));
        assertRefused("element type", npy("|O", false, "(1,)", "00"));
        assertRefused("more than", npy("|u1", false, "(99999, 99999, 99999, 99999)", "00"));
        assertRefused("shape cannot be read", npy("|u1", false, "(99999999999999999999,)", "00"));
        assertRefused("16777217", npy("<i4", false, "(1,)", "01000001"));
        assertRefused("no .npy array", "PK34".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    /** A header may claim what it likes: memory is taken as data comes. */
    @Test
    void everyCutIsNoticed() {
        byte[] file = npy("<f4", false, "(2,)", "0000803f000000c0");
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            assertThrows(Exception.class, () -> read(cut), "length " + length);
        }
        assertThrows(EOFException.class, () -> read(npy("<f8", false, "(2000000000,)", "00")));
    }

    private static void assertRefused(String part, byte[] file) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> read(file)).getMessage();
        assertTrue(message.contains(part), message);
    }
}
