package lathe.engine.task;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.prune.Mask;
import lathe.engine.tensor.WeightMatrix;

/** Writes records of numbers, arrays, lists and matrices to bytes and reads them back: nothing but plain data passes. */
final class Records {

    private final DataOutputStream out;
    private final DataInputStream in;

    private Records(DataOutputStream out, DataInputStream in) {
        this.out = out;
        this.in = in;
    }

    static byte[] write(Object value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            new Records(new DataOutputStream(bytes), null).put(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
        return bytes.toByteArray();
    }

    static <T> T read(byte[] bytes, Class<T> type) {
        try {
            return type.cast(new Records(null, new DataInputStream(new ByteArrayInputStream(bytes))).get());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    private void put(Object value) throws IOException, ReflectiveOperationException {
        if (value instanceof Optional<?> optional) {
            out.writeUTF("optional");
            put(optional.stream().toList());
        } else if (value instanceof List<?> list) {
            out.writeUTF("list");
            out.writeInt(list.size());
            for (Object item : list) {
                put(item);
            }
        } else if (value instanceof GramMatrix gram && gram.isDiagonal()) {
            out.writeUTF("diagonal");
            put(gram.diagonal());
        } else if (value instanceof GramMatrix gram) {
            out.writeUTF("gram");
            out.writeDouble(gram.shrinkage());
            out.writeInt(gram.order());
            double[] values = new double[gram.order() * gram.order()];
            Arrays.setAll(values, i -> gram.at(i / gram.order(), i % gram.order()));
            put(values);
        } else if (value instanceof WeightMatrix weights) {
            out.writeUTF("weights");
            out.writeInt(weights.rows());
            out.writeInt(weights.cols());
            float[] values = new float[weights.rows() * weights.cols()];
            for (int i = 0; i < values.length; i++) {
                values[i] = weights.at(i / weights.cols(), i % weights.cols());
            }
            put(values);
        } else if (value instanceof Mask mask) {
            out.writeUTF("mask");
            float[] kept = new float[mask.rows() * mask.cols()];
            for (int i = 0; i < kept.length; i++) {
                kept[i] = mask.keeps(i / mask.cols(), i % mask.cols()) ? 1 : 0;
            }
            put(new WeightMatrix(mask.rows(), mask.cols(), kept));
        } else if (value.getClass().isArray()) {
            out.writeUTF("array");
            out.writeUTF(value.getClass().getComponentType().getName());
            out.writeInt(Array.getLength(value));
            for (int i = 0; i < Array.getLength(value); i++) {
                put(Array.get(value, i));
            }
        } else if (value instanceof Enum<?> constant) {
            out.writeUTF("enum");
            out.writeUTF(constant.getDeclaringClass().getName());
            out.writeUTF(constant.name());
        } else if (value.getClass().isRecord()) {
            out.writeUTF("record");
            out.writeUTF(value.getClass().getName());
            for (RecordComponent component : value.getClass().getRecordComponents()) {
                component.getAccessor().setAccessible(true);
                put(component.getAccessor().invoke(value));
            }
        } else {
            out.writeUTF(value.getClass().getSimpleName());
            out.writeUTF(value.toString());
        }
    }

    private Object get() throws IOException, ReflectiveOperationException {
        String kind = in.readUTF();
        return switch (kind) {
            case "optional" -> ((List<?>) get()).stream().findFirst();
            case "list" -> list(in.readInt());
            case "gram" -> gram(in.readDouble());
            case "diagonal" -> GramMatrix.diagonal(doubles());
            case "weights" -> new WeightMatrix(in.readInt(), in.readInt(), (float[]) get());
            case "mask" -> mask((WeightMatrix) get());
            case "array" -> array(in.readUTF(), in.readInt());
            case "enum" -> constant(Class.forName(in.readUTF()), in.readUTF());
            case "record" -> record(Class.forName(in.readUTF()));
            default -> number(kind, in.readUTF());
        };
    }

    private GramMatrix gram(double shrinkage) throws IOException, ReflectiveOperationException {
        return GramMatrix.of(in.readInt(), doubles()).withShrinkage(shrinkage);
    }

    private double[] doubles() throws IOException, ReflectiveOperationException {
        return (double[]) get();
    }

    private static Object constant(Class<?> type, String name) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> ((Enum<?>) constant).name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private List<Object> list(int size) throws IOException, ReflectiveOperationException {
        List<Object> items = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            items.add(get());
        }
        return items;
    }

    private static Mask mask(WeightMatrix kept) throws ReflectiveOperationException {
        BitSet bits = new BitSet();
        for (int i = 0; i < kept.rows() * kept.cols(); i++) {
            bits.set(i, kept.at(i / kept.cols(), i % kept.cols()) != 0);
        }
        Constructor<Mask> constructor = Mask.class.getDeclaredConstructor(int.class, int.class, BitSet.class);
        constructor.setAccessible(true);
        return constructor.newInstance(kept.rows(), kept.cols(), bits);
    }

    private Object array(String type, int length) throws IOException, ReflectiveOperationException {
        Class<?> component = switch (type) {
            case "double" -> double.class;
            case "float" -> float.class;
            case "byte" -> byte.class;
            case "short" -> short.class;
            case "int" -> int.class;
            default -> Class.forName(type);
        };
        Object array = Array.newInstance(component, length);
        for (int i = 0; i < length; i++) {
            Array.set(array, i, get());
        }
        return array;
    }

    private Object record(Class<?> type) throws IOException, ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] values = list(components.length).toArray();
        Constructor<?> constructor = type.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return constructor.newInstance(values);
    }

    private static Object number(String type, String text) {
        return switch (type) {
            case "Integer" -> Integer.valueOf(text);
            case "Long" -> Long.valueOf(text);
            case "Double" -> Double.valueOf(text);
            case "Float" -> Float.valueOf(text);
            case "Byte" -> Byte.valueOf(text);
            case "Short" -> Short.valueOf(text);
            case "Boolean" -> Boolean.valueOf(text);
            case "String" -> text;
            default -> throw new AssertionError(type + " is no plain data");
        };
    }
}
