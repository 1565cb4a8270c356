// What the page says where it was opened as a file, which cannot read web/languages/. Only then is this read.
(() => {
  const said = {
    ar: ["فُتحت هذه الصفحة كملف.", "لا تشغّل المتصفحات Python إلا من خادم. في مجلد هذه الصفحة اكتب «make serve» (أو «python3 -m tools serve»)، ثم افتح العنوان الذي يظهر. أو افتح onlooker.html، وهو هذه الصفحة في ملف واحد لا يحتاج إلى خادم: يكتبه «make bundle»."],
    de: ["Diese Seite wurde als Datei geöffnet.", "Browser führen Python nur von einem Server aus. Geben Sie im Ordner dieser Seite „make serve“ ein (oder „python3 -m tools serve“) und öffnen Sie dann die Adresse, die erscheint. Oder öffnen Sie onlooker.html, diese Seite in einer Datei, die keinen Server braucht: „make bundle“ schreibt sie."],
    es: ["Esta página se abrió como archivo.", "Los navegadores solo ejecutan Python desde un servidor. En la carpeta de esta página, escriba «make serve» (o «python3 -m tools serve») y abra la dirección que aparece. O abra onlooker.html, que es esta página en un solo archivo y no necesita servidor: lo escribe «make bundle»."],
    fr: ["Cette page a été ouverte comme un fichier.", "Les navigateurs n’exécutent Python que depuis un serveur. Dans le dossier de cette page, tapez « make serve » (ou « python3 -m tools serve »), puis ouvrez l’adresse affichée. Ou ouvrez onlooker.html, cette page en un seul fichier, qui n’a pas besoin de serveur : « make bundle » l’écrit."],
    hi: ["यह पेज फ़ाइल के रूप में खोला गया।", "ब्राउज़र Python को केवल सर्वर से चलाते हैं। इस पेज के फ़ोल्डर में “make serve” (या “python3 -m tools serve”) लिखें, फिर जो पता दिखे उसे खोलें। या onlooker.html खोलें, जो यही पेज एक फ़ाइल में है और जिसे सर्वर की ज़रूरत नहीं: उसे “make bundle” लिखता है।"],
    ja: ["このページはファイルとして開かれました。", "ブラウザーはサーバーからでなければ Python を実行しません。このページのフォルダーで「make serve」（または「python3 -m tools serve」）と入力し、表示されたアドレスを開いてください。または onlooker.html を開いてください。このページを 1 つのファイルにしたもので、サーバーは要りません。「make bundle」が書き出します。"],
    pt: ["Esta página foi aberta como arquivo.", "Os navegadores só executam Python a partir de um servidor. Na pasta desta página, digite “make serve” (ou “python3 -m tools serve”) e abra o endereço que aparecer. Ou abra onlooker.html, que é esta página em um só arquivo e não precisa de servidor: “make bundle” o grava."],
    zh: ["此页面是作为文件打开的。", "浏览器只运行来自服务器的 Python。请在此页面的文件夹中输入“make serve”（或“python3 -m tools serve”），然后打开显示的地址。或者打开 onlooker.html，它是单个文件形式的本页面，不需要服务器：由“make bundle”生成。"],
  };
  const asked = [new URLSearchParams(location.search).get("lang") || "", ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
  const language = asked.find((one) => one === "en" || said[one]);
  if (!said[language]) return;
  document.documentElement.lang = language === "zh" ? "zh-Hans" : language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  [document.getElementById("error-title").textContent, document.getElementById("error-hint").textContent] = said[language];
})();
