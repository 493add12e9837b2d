package lathe.cli.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import lathe.cli.shell.CommandException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelledImagesTest {

    @TempDir
    Path folder;

    @Test
    void aFolderGoesByFileNames() throws IOException {
        image("b.png", 20);
        image("a.png", 10);
        Files.writeString(folder.resolve("notes.txt"), "not an image");
        LabelledImages images = LabelledImages.ofFolder(folder, labels("3\n\n4\n"));
        assertEquals(2, images.size());
        assertEquals(3, images.label(0));
        assertEquals(10, images.image(0).getRaster().getSample(0, 0, 0));
        assertEquals(20, images.image(1).getRaster().getSample(0, 0, 0));
    }

    @Test
    void namesInTheLabelFileDecide() throws IOException {
        image("b.png", 20);
        image("a.png", 10);
        LabelledImages images = LabelledImages.ofFolder(folder, labels("b.png 7\n"));
        assertEquals(1, images.size());
        assertEquals(7, images.label(0));
        assertEquals(20, images.image(0).getRaster().getSample(0, 0, 0));
    }

    @Test
    void aSheetGoesRowByRow() throws IOException {
        BufferedImage sheet = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY);
        sheet.getRaster().setSample(2, 0, 0, 5);
        sheet.getRaster().setSample(0, 2, 0, 6);
        Path file = folder.resolve("sheet.png");
        ImageIO.write(sheet, "png", file.toFile());
        LabelledImages images = LabelledImages.ofSheet(file, labels("0\n1\n2\n"), 2, 2);
        assertEquals(3, images.size());
        assertEquals(5, PixelPlanes.of(images.image(1)).planes()[0][0]);
        assertEquals(6, PixelPlanes.of(images.image(2)).planes()[0][0]);
    }

    @Test
    void labelsAndImagesMustMatch() throws IOException {
        image("a.png", 10);
        Path two = labels("1\n2\n");
        CommandException e = assertThrows(CommandException.class, () -> LabelledImages.ofFolder(folder, two));
        assertTrue(e.getMessage().contains("2 labels"), e::getMessage);
        Path absent = labels("gone.png 1\n");
        assertThrows(CommandException.class, () -> LabelledImages.ofFolder(folder, absent));
        Path empty = labels("\n");
        assertThrows(CommandException.class, () -> LabelledImages.ofFolder(folder, empty));
    }

    private Path labels(String text) throws IOException {
        return Files.writeString(folder.resolve("labels.txt"), text);
    }

    private void image(String name, int grey) throws IOException {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setSample(0, 0, 0, grey);
        ImageIO.write(image, "png", folder.resolve(name).toFile());
    }
}
