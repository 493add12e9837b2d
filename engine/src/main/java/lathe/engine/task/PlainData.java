package lathe.engine.task;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Tasks and their results as bytes, for executors that run tasks in other processes. What is read equals what was written,
 * bit for bit, and so does what is computed from it.
 *
 * <p>A value is a letter that says its kind, then its content: a record is the name of its class and its components, in
 * order; matrices and tables are written as the records of {@link PlainForm}. Only types of this library, lists, optionals,
 * strings, numbers and arrays of numbers can be written, and of these only a record's, an enum's and a list's types are
 * looked up by name. Both sides have to be of the same version. Thread-safe; O(bytes).
 */
public final class PlainData {

    /** What the names of this library's types begin with, that of the package above. */
    private static final String OURS = PlainData.class.getPackageName().replaceFirst("\\w+$", "");

    private PlainData() {}

    /**
     * Writes a task, a result, or what they are made of.
     *
     * @throws IllegalArgumentException if there is anything in it but plain data
     */
    public static void write(Object value, DataOutput out) throws IOException {
        Object plain = PlainForm.of(value);
        if (plain instanceof Optional<?> optional) {
            out.writeByte('?');
            out.writeBoolean(optional.isPresent());
            if (optional.isPresent()) {
                write(optional.get(), out);
            }
        } else if (plain instanceof List<?> list) {
            out.writeByte('[');
            out.writeInt(list.size());
            for (Object item : list) {
                write(item, out);
            }
        } else if (plain instanceof Enum<?> constant) {
            out.writeByte('E');
            out.writeUTF(constant.getDeclaringClass().getName());
            out.writeUTF(constant.name());
        } else if (plain instanceof Record record) {
            out.writeByte('R');
            out.writeUTF(record.getClass().getName());
            for (Object component : components(record)) {
                write(component, out);
            }
        } else if (plain instanceof String text) {
            out.writeByte('S');
            out.writeUTF(text);
        } else if (plain instanceof Boolean flag) {
            out.writeByte('Z');
            out.writeBoolean(flag);
        } else if (plain instanceof Integer number) {
            out.writeByte('I');
            out.writeInt(number);
        } else if (plain instanceof Long number) {
            out.writeByte('L');
            out.writeLong(number);
        } else if (plain instanceof Double number) {
            out.writeByte('D');
            out.writeDouble(number);
        } else {
            NumberArray.of(plain).write(plain, out);
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IOException if the bytes end early or are something else
     */
    public static Object read(DataInput in) throws IOException {
        byte kind = in.readByte();
        return switch (kind) {
            case '?' -> in.readBoolean() ? Optional.of(read(in)) : Optional.empty();
            case '[' -> list(in.readInt(), in);
            case 'E' -> constant(in.readUTF(), in.readUTF());
            case 'R' -> record(in.readUTF(), in);
            case 'S' -> in.readUTF();
            case 'Z' -> in.readBoolean();
            case 'I' -> in.readInt();
            case 'L' -> in.readLong();
            case 'D' -> in.readDouble();
            default -> NumberArray.of(kind).read(in);
        };
    }

    private static List<Object> list(int size, DataInput in) throws IOException {
        List<Object> items = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            items.add(read(in));
        }
        return items;
    }

    private static Object constant(String type, String name) throws IOException {
        for (Object constant : ours(type).getEnumConstants()) {
            if (((Enum<?>) constant).name().equals(name)) {
                return constant;
            }
        }
        throw new IOException("%s.%s is unknown to this version".formatted(type, name));
    }

    private static List<Object> components(Record record) {
        List<Object> values = new ArrayList<>();
        try {
            for (RecordComponent component : record.getClass().getRecordComponents()) {
                component.getAccessor().setAccessible(true); // of a record that only its package sees
                values.add(component.getAccessor().invoke(record));
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        return values;
    }

    /** The record, checked by its own constructor. */
    private static Object record(String name, DataInput in) throws IOException {
        Class<?> type = ours(name);
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = list(components.length, in).toArray();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            Object read = constructor.newInstance(values);
            return read instanceof PlainForm form ? form.original() : read;
        } catch (ReflectiveOperationException e) {
            throw new IOException("%s cannot be read by this version".formatted(name), e);
        }
    }

    private static Class<?> ours(String name) throws IOException {
        try {
            if (name.startsWith(OURS)) {
                return Class.forName(name);
            }
        } catch (ClassNotFoundException e) {
            throw new IOException("%s is unknown to this version".formatted(name), e);
        }
        throw new IOException("%s is no type of a task".formatted(name));
    }
}
