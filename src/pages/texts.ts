// Every text of the hosted pages, in every language. A language that lacks one does not compile.

import type { Capability, RequiredScope } from "../model/capabilities.ts";
import type { AttemptFailureCode } from "../model/connect-session.ts";

export const LANGUAGES = ["en", "de", "fr", "es", "pt", "ja"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What can be wrong with a link or with the answer that came back, before any attempt fails. */
export type LinkProblem =
  | "link_unknown"
  | "too_many"
  | "link_expired"
  | "link_used"
  | "link_ended"
  | "link_paused"
  | "other_browser"
  | "other_site";

export type Problem = AttemptFailureCode | LinkProblem;

interface ProblemTexts {
  title: string;
  /** What happened and what to do. */
  text: string;
}

export interface Texts {
  connectTitle(product: string): string;
  reconnectTitle(product: string): string;
  reconnectText(product: string): string;
  /** Before the list of what the product asks for. */
  asks(product: string): string;
  profile: string;
  /** What the product asks for, by what the connection is for. */
  capabilities: Record<Capability, string>;
  next: string;
  button: string;
  tryAgain: string;
  back(product: string): string;
  waitingTitle: string;
  waitingText: string;
  /** Before the list of scopes. */
  missing: string;
  problems: Record<Problem, ProblemTexts>;
  /** As the consent page of Zoom puts them. */
  scopes: Record<RequiredScope, string>;
}

const en: Texts = {
  connectTitle: (product) => `Connect Zoom to ${product}`,
  reconnectTitle: (product) => `Reconnect Zoom to ${product}`,
  reconnectText: (product) =>
    `The connection between Zoom and ${product} has to be renewed. Sign in to Zoom with the same account as before.`,
  asks: (product) => `${product} asks for your permission to:`,
  profile: "see your Zoom profile, such as your name and email address",
  capabilities: {
    is_local_recording_token_supported: "see your meetings, and let a bot record the meetings that you host",
    is_onbehalf_token_supported: "let a bot join meetings on your behalf",
  },
  next: "Zoom will ask you to sign in and to confirm. You can remove the permission at Zoom at any time.",
  button: "Continue to Zoom",
  tryAgain: "Try again",
  back: (product) => `Back to ${product}`,
  waitingTitle: "Almost done",
  waitingText:
    "Zoom has agreed, and we are saving the connection. This takes a moment; the page goes on by itself.",
  missing: "These permissions are missing:",
  problems: {
    access_denied: {
      title: "You declined at Zoom",
      text: "Nothing was connected. If that was a mistake, try again and choose Allow.",
    },
    missing_scopes: {
      title: "Some permissions are missing",
      text: "Zoom did not give every permission that is needed. Try again and allow all of them. If Zoom does not offer them, an administrator of your Zoom account may have to approve the app first.",
    },
    user_not_active: {
      title: "Your Zoom user is not active",
      text: "Ask an administrator of your Zoom account to activate your user, then try again.",
    },
    wrong_zoom_user: {
      title: "This is another Zoom user",
      text: "You signed in to Zoom with a different account than the one that was connected before. Sign out of Zoom, then try again with the right account.",
    },
    authorization_code_rejected: {
      title: "Zoom did not accept the sign-in",
      text: "The answer from Zoom was too old or was used before. Try again.",
    },
    zoom_app_credentials_invalid: {
      title: "The connection to Zoom is not set up correctly",
      text: "You can do nothing about it. Tell the people who sent you here that Zoom refuses their app's client secret.",
    },
    zoom_error: { title: "Zoom gave an unexpected answer", text: "Wait a moment, then try again." },
    zoom_rate_limited: {
      title: "Zoom is busy",
      text: "Zoom is limiting requests at the moment. Wait a minute, then try again.",
    },
    zoom_unavailable: {
      title: "Zoom cannot be reached",
      text: "Nothing was connected. Wait a moment, then try again.",
    },
    zoom_timeout: { title: "Zoom did not answer in time", text: "Wait a moment, then try again." },
    too_many: {
      title: "Too many tries",
      text: "There were too many tries that failed. Wait a minute, then open the link again.",
    },
    database_unavailable: {
      title: "We cannot reach our database",
      text: "This should pass soon. The page tries again by itself.",
    },
    internal_error: {
      title: "Something went wrong",
      text: "The fault is ours, and it has been recorded. Wait a moment, then try again.",
    },
    link_unknown: {
      title: "This link does not work",
      text: "Perhaps a part of it is missing. Copy the whole link, or ask for a new one where you got it.",
    },
    link_expired: {
      title: "This link has expired",
      text: "Go back to where you got it and ask for a new one.",
    },
    link_used: { title: "Zoom is connected", text: "This link has done its work. You can close this page." },
    link_paused: {
      title: "This link cannot be used at the moment",
      text: "The service behind it is paused. Nothing was changed. Try again later, or ask where you got the link.",
    },
    link_ended: {
      title: "This link is no longer in use",
      text: "Go back to where you got it and ask for a new one if you still want to connect Zoom.",
    },
    other_browser: {
      title: "We do not recognise this browser",
      text: "The answer from Zoom belongs to another browser, or took too long, or cookies are blocked. Nothing was changed. Go on in the browser in which you started, or open the link again here.",
    },
    other_site: {
      title: "Please use the button on our page",
      text: "This request came from another website, so nothing was done. Open the link again and use the button there.",
    },
  },
  scopes: {
    "user:read:user": "View a user",
    "user:read:zak": "View a user's Zoom Access Key",
    "user:read:token": "View a user's token",
    "meeting:read:list_meetings": "View a user's meetings",
    "meeting:read:local_recording_token": "View a meeting's join token for local recording",
  },
};

const de: Texts = {
  connectTitle: (product) => `Zoom mit ${product} verbinden`,
  reconnectTitle: (product) => `Zoom erneut mit ${product} verbinden`,
  reconnectText: (product) =>
    `Die Verbindung zwischen Zoom und ${product} muss erneuert werden. Melden Sie sich bei Zoom mit demselben Konto an wie zuvor.`,
  asks: (product) => `${product} bittet Sie um die Erlaubnis:`,
  profile: "Ihr Zoom-Profil zu sehen, zum Beispiel Namen und E-Mail-Adresse",
  capabilities: {
    is_local_recording_token_supported:
      "Ihre Meetings zu sehen und Meetings, die Sie leiten, von einem Bot aufzeichnen zu lassen",
    is_onbehalf_token_supported: "einen Bot in Ihrem Namen an Meetings teilnehmen zu lassen",
  },
  next: "Zoom bittet Sie, sich anzumelden und zuzustimmen. Sie können die Erlaubnis bei Zoom jederzeit widerrufen.",
  button: "Weiter zu Zoom",
  tryAgain: "Erneut versuchen",
  back: (product) => `Zurück zu ${product}`,
  waitingTitle: "Gleich fertig",
  waitingText:
    "Zoom hat zugestimmt, und wir speichern die Verbindung. Das dauert einen Moment; die Seite geht von selbst weiter.",
  missing: "Diese Berechtigungen fehlen:",
  problems: {
    access_denied: {
      title: "Sie haben bei Zoom abgelehnt",
      text: "Es wurde nichts verbunden. Wenn das ein Versehen war, versuchen Sie es erneut und stimmen Sie zu.",
    },
    missing_scopes: {
      title: "Einige Berechtigungen fehlen",
      text: "Zoom hat nicht alle nötigen Berechtigungen erteilt. Versuchen Sie es erneut und erlauben Sie alle. Wenn Zoom sie nicht anbietet, muss eine Administratorin oder ein Administrator Ihres Zoom-Kontos die App vielleicht zuerst genehmigen.",
    },
    user_not_active: {
      title: "Ihr Zoom-Benutzer ist nicht aktiv",
      text: "Lassen Sie Ihren Benutzer von der Administration Ihres Zoom-Kontos aktivieren und versuchen Sie es dann erneut.",
    },
    wrong_zoom_user: {
      title: "Das ist ein anderer Zoom-Benutzer",
      text: "Sie haben sich bei Zoom mit einem anderen Konto angemeldet als dem bisher verbundenen. Melden Sie sich bei Zoom ab und versuchen Sie es mit dem richtigen Konto erneut.",
    },
    authorization_code_rejected: {
      title: "Zoom hat die Anmeldung nicht angenommen",
      text: "Die Antwort von Zoom war zu alt oder wurde schon verwendet. Versuchen Sie es erneut.",
    },
    zoom_app_credentials_invalid: {
      title: "Die Verbindung zu Zoom ist nicht richtig eingerichtet",
      text: "Sie selbst können nichts tun. Teilen Sie dem Anbieter, der Sie hierher geschickt hat, mit, dass Zoom das Client Secret seiner App ablehnt.",
    },
    zoom_error: {
      title: "Zoom hat unerwartet geantwortet",
      text: "Warten Sie einen Moment und versuchen Sie es erneut.",
    },
    zoom_rate_limited: {
      title: "Zoom ist ausgelastet",
      text: "Zoom begrenzt gerade die Anfragen. Warten Sie eine Minute und versuchen Sie es erneut.",
    },
    zoom_unavailable: {
      title: "Zoom ist nicht erreichbar",
      text: "Es wurde nichts verbunden. Warten Sie einen Moment und versuchen Sie es erneut.",
    },
    zoom_timeout: {
      title: "Zoom hat nicht rechtzeitig geantwortet",
      text: "Warten Sie einen Moment und versuchen Sie es erneut.",
    },
    too_many: {
      title: "Zu viele Versuche",
      text: "Zu viele Versuche sind fehlgeschlagen. Warten Sie eine Minute und öffnen Sie den Link dann noch einmal.",
    },
    database_unavailable: {
      title: "Unsere Datenbank ist nicht erreichbar",
      text: "Das sollte bald vorbei sein. Die Seite versucht es von selbst erneut.",
    },
    internal_error: {
      title: "Etwas ist schiefgegangen",
      text: "Der Fehler liegt bei uns und wurde festgehalten. Warten Sie einen Moment und versuchen Sie es erneut.",
    },
    link_unknown: {
      title: "Dieser Link funktioniert nicht",
      text: "Vielleicht fehlt ein Teil. Kopieren Sie den ganzen Link, oder lassen Sie sich dort, wo Sie ihn bekommen haben, einen neuen geben.",
    },
    link_expired: {
      title: "Dieser Link ist abgelaufen",
      text: "Lassen Sie sich dort, wo Sie ihn bekommen haben, einen neuen geben.",
    },
    link_used: {
      title: "Zoom ist verbunden",
      text: "Dieser Link hat seinen Zweck erfüllt. Sie können die Seite schließen.",
    },
    link_paused: {
      title: "Dieser Link kann zurzeit nicht verwendet werden",
      text: "Der Dienst dahinter ist angehalten. Nichts wurde geändert. Versuchen Sie es später erneut, oder fragen Sie dort, wo Sie den Link bekommen haben.",
    },
    link_ended: {
      title: "Dieser Link wird nicht mehr verwendet",
      text: "Wenn Sie Zoom noch verbinden möchten, lassen Sie sich dort, wo Sie ihn bekommen haben, einen neuen geben.",
    },
    other_browser: {
      title: "Wir erkennen diesen Browser nicht",
      text: "Die Antwort von Zoom gehört zu einem anderen Browser, oder sie kam zu spät, oder Cookies sind gesperrt. Es wurde nichts geändert. Machen Sie in dem Browser weiter, in dem Sie begonnen haben, oder öffnen Sie den Link hier noch einmal.",
    },
    other_site: {
      title: "Bitte verwenden Sie die Schaltfläche auf unserer Seite",
      text: "Diese Anfrage kam von einer anderen Website, deshalb wurde nichts ausgeführt. Öffnen Sie den Link noch einmal und verwenden Sie die Schaltfläche dort.",
    },
  },
  scopes: {
    "user:read:user": "Einen Benutzer anzeigen",
    "user:read:zak": "Den Zoom Access Key eines Benutzers anzeigen",
    "user:read:token": "Das Token eines Benutzers anzeigen",
    "meeting:read:list_meetings": "Die Meetings eines Benutzers anzeigen",
    "meeting:read:local_recording_token":
      "Das Beitrittstoken eines Meetings für die lokale Aufzeichnung anzeigen",
  },
};

const fr: Texts = {
  connectTitle: (product) => `Connecter Zoom à ${product}`,
  reconnectTitle: (product) => `Reconnecter Zoom à ${product}`,
  reconnectText: (product) =>
    `La connexion entre Zoom et ${product} doit être renouvelée. Connectez-vous à Zoom avec le même compte qu’auparavant.`,
  asks: (product) => `${product} vous demande l’autorisation de :`,
  profile: "voir votre profil Zoom, par exemple votre nom et votre adresse e-mail",
  capabilities: {
    is_local_recording_token_supported:
      "voir vos réunions et faire enregistrer par un robot celles que vous animez",
    is_onbehalf_token_supported: "faire participer un robot à des réunions en votre nom",
  },
  next: "Zoom vous demandera de vous connecter et de confirmer. Vous pouvez retirer l’autorisation chez Zoom à tout moment.",
  button: "Continuer vers Zoom",
  tryAgain: "Réessayer",
  back: (product) => `Retour à ${product}`,
  waitingTitle: "C’est presque terminé",
  waitingText:
    "Zoom a accepté et nous enregistrons la connexion. Cela prend un instant ; la page continue toute seule.",
  missing: "Ces autorisations manquent :",
  problems: {
    access_denied: {
      title: "Vous avez refusé chez Zoom",
      text: "Rien n’a été connecté. Si c’était une erreur, réessayez et acceptez.",
    },
    missing_scopes: {
      title: "Des autorisations manquent",
      text: "Zoom n’a pas accordé toutes les autorisations nécessaires. Réessayez et acceptez-les toutes. Si Zoom ne les propose pas, un administrateur de votre compte Zoom doit peut-être d’abord approuver l’application.",
    },
    user_not_active: {
      title: "Votre utilisateur Zoom n’est pas actif",
      text: "Demandez à un administrateur de votre compte Zoom de l’activer, puis réessayez.",
    },
    wrong_zoom_user: {
      title: "C’est un autre utilisateur Zoom",
      text: "Vous vous êtes connecté à Zoom avec un autre compte que celui qui était connecté auparavant. Déconnectez-vous de Zoom, puis réessayez avec le bon compte.",
    },
    authorization_code_rejected: {
      title: "Zoom n’a pas accepté la connexion",
      text: "La réponse de Zoom était trop ancienne ou avait déjà été utilisée. Réessayez.",
    },
    zoom_app_credentials_invalid: {
      title: "La connexion à Zoom est mal configurée",
      text: "Vous n’y pouvez rien. Signalez à ceux qui vous ont envoyé ici que Zoom refuse le secret client de leur application.",
    },
    zoom_error: {
      title: "Zoom a donné une réponse inattendue",
      text: "Patientez un instant, puis réessayez.",
    },
    zoom_rate_limited: {
      title: "Zoom est très sollicité",
      text: "Zoom limite les requêtes en ce moment. Patientez une minute, puis réessayez.",
    },
    zoom_unavailable: {
      title: "Zoom est injoignable",
      text: "Rien n’a été connecté. Patientez un instant, puis réessayez.",
    },
    zoom_timeout: {
      title: "Zoom n’a pas répondu à temps",
      text: "Patientez un instant, puis réessayez.",
    },
    too_many: {
      title: "Trop de tentatives",
      text: "Trop de tentatives ont échoué. Attendez une minute, puis ouvrez de nouveau le lien.",
    },
    database_unavailable: {
      title: "Notre base de données est injoignable",
      text: "Cela devrait bientôt passer. La page réessaie toute seule.",
    },
    internal_error: {
      title: "Un problème est survenu",
      text: "L’erreur vient de nous et a été enregistrée. Patientez un instant, puis réessayez.",
    },
    link_unknown: {
      title: "Ce lien ne fonctionne pas",
      text: "Il en manque peut-être une partie. Copiez le lien entier, ou demandez-en un nouveau là où vous l’avez obtenu.",
    },
    link_expired: {
      title: "Ce lien a expiré",
      text: "Demandez-en un nouveau là où vous l’avez obtenu.",
    },
    link_used: {
      title: "Zoom est connecté",
      text: "Ce lien a rempli son rôle. Vous pouvez fermer cette page.",
    },
    link_paused: {
      title: "Ce lien ne peut pas être utilisé pour le moment",
      text: "Le service est suspendu. Rien n’a été modifié. Réessayez plus tard, ou renseignez-vous là où vous avez obtenu le lien.",
    },
    link_ended: {
      title: "Ce lien n’est plus utilisé",
      text: "Si vous voulez encore connecter Zoom, demandez-en un nouveau là où vous l’avez obtenu.",
    },
    other_browser: {
      title: "Nous ne reconnaissons pas ce navigateur",
      text: "La réponse de Zoom appartient à un autre navigateur, a trop tardé, ou les cookies sont bloqués. Rien n’a été modifié. Continuez dans le navigateur où vous avez commencé, ou ouvrez à nouveau le lien ici.",
    },
    other_site: {
      title: "Utilisez le bouton de notre page",
      text: "Cette demande venait d’un autre site : rien n’a été fait. Ouvrez à nouveau le lien et utilisez le bouton qui s’y trouve.",
    },
  },
  scopes: {
    "user:read:user": "Afficher un utilisateur",
    "user:read:zak": "Afficher la clé d’accès Zoom (ZAK) d’un utilisateur",
    "user:read:token": "Afficher le jeton d’un utilisateur",
    "meeting:read:list_meetings": "Afficher les réunions d’un utilisateur",
    "meeting:read:local_recording_token":
      "Afficher le jeton de participation à une réunion pour l’enregistrement local",
  },
};

const es: Texts = {
  connectTitle: (product) => `Conectar Zoom con ${product}`,
  reconnectTitle: (product) => `Volver a conectar Zoom con ${product}`,
  reconnectText: (product) =>
    `Hay que renovar la conexión entre Zoom y ${product}. Inicie sesión en Zoom con la misma cuenta que antes.`,
  asks: (product) => `${product} le pide permiso para:`,
  profile: "ver su perfil de Zoom, por ejemplo su nombre y su correo electrónico",
  capabilities: {
    is_local_recording_token_supported: "ver sus reuniones y hacer que un bot grabe las que usted organiza",
    is_onbehalf_token_supported: "hacer que un bot participe en reuniones en su nombre",
  },
  next: "Zoom le pedirá que inicie sesión y que confirme. Puede retirar el permiso en Zoom en cualquier momento.",
  button: "Continuar a Zoom",
  tryAgain: "Intentar de nuevo",
  back: (product) => `Volver a ${product}`,
  waitingTitle: "Ya casi está",
  waitingText:
    "Zoom ha aceptado y estamos guardando la conexión. Tarda un momento; la página continúa por sí sola.",
  missing: "Faltan estos permisos:",
  problems: {
    access_denied: {
      title: "Usted rechazó la solicitud en Zoom",
      text: "No se ha conectado nada. Si fue un error, inténtelo de nuevo y acepte.",
    },
    missing_scopes: {
      title: "Faltan algunos permisos",
      text: "Zoom no ha concedido todos los permisos necesarios. Inténtelo de nuevo y acéptelos todos. Si Zoom no los ofrece, es posible que un administrador de su cuenta de Zoom tenga que aprobar antes la aplicación.",
    },
    user_not_active: {
      title: "Su usuario de Zoom no está activo",
      text: "Pida a un administrador de su cuenta de Zoom que lo active y después inténtelo de nuevo.",
    },
    wrong_zoom_user: {
      title: "Es otro usuario de Zoom",
      text: "Ha iniciado sesión en Zoom con una cuenta distinta de la que estaba conectada. Cierre la sesión en Zoom e inténtelo de nuevo con la cuenta correcta.",
    },
    authorization_code_rejected: {
      title: "Zoom no ha aceptado el inicio de sesión",
      text: "La respuesta de Zoom era demasiado antigua o ya se había usado. Inténtelo de nuevo.",
    },
    zoom_app_credentials_invalid: {
      title: "La conexión con Zoom no está bien configurada",
      text: "Usted no puede hacer nada. Avise a quienes le enviaron aquí de que Zoom rechaza el secreto de cliente de su aplicación.",
    },
    zoom_error: {
      title: "Zoom ha dado una respuesta inesperada",
      text: "Espere un momento e inténtelo de nuevo.",
    },
    zoom_rate_limited: {
      title: "Zoom está ocupado",
      text: "Zoom está limitando las solicitudes. Espere un minuto e inténtelo de nuevo.",
    },
    zoom_unavailable: {
      title: "No se puede contactar con Zoom",
      text: "No se ha conectado nada. Espere un momento e inténtelo de nuevo.",
    },
    zoom_timeout: {
      title: "Zoom no ha respondido a tiempo",
      text: "Espere un momento e inténtelo de nuevo.",
    },
    too_many: {
      title: "Demasiados intentos",
      text: "Han fallado demasiados intentos. Espere un minuto y vuelva a abrir el enlace.",
    },
    database_unavailable: {
      title: "No podemos acceder a nuestra base de datos",
      text: "Debería pasar pronto. La página lo intenta de nuevo por sí sola.",
    },
    internal_error: {
      title: "Algo ha ido mal",
      text: "El fallo es nuestro y ha quedado registrado. Espere un momento e inténtelo de nuevo.",
    },
    link_unknown: {
      title: "Este enlace no funciona",
      text: "Quizá le falte una parte. Copie el enlace completo o pida uno nuevo donde lo obtuvo.",
    },
    link_expired: { title: "Este enlace ha caducado", text: "Pida uno nuevo donde lo obtuvo." },
    link_used: {
      title: "Zoom está conectado",
      text: "Este enlace ya ha cumplido su función. Puede cerrar esta página.",
    },
    link_paused: {
      title: "Este enlace no se puede usar por ahora",
      text: "El servicio está en pausa. No se ha cambiado nada. Inténtelo más tarde o pregunte donde obtuvo el enlace.",
    },
    link_ended: {
      title: "Este enlace ya no se usa",
      text: "Si todavía quiere conectar Zoom, pida uno nuevo donde lo obtuvo.",
    },
    other_browser: {
      title: "No reconocemos este navegador",
      text: "La respuesta de Zoom es de otro navegador, ha tardado demasiado o las cookies están bloqueadas. No se ha cambiado nada. Continúe en el navegador en el que empezó o abra de nuevo el enlace aquí.",
    },
    other_site: {
      title: "Use el botón de nuestra página",
      text: "Esta solicitud venía de otro sitio web, así que no se ha hecho nada. Abra de nuevo el enlace y use el botón que hay allí.",
    },
  },
  scopes: {
    "user:read:user": "Ver un usuario",
    "user:read:zak": "Ver la clave de acceso de Zoom (ZAK) de un usuario",
    "user:read:token": "Ver el token de un usuario",
    "meeting:read:list_meetings": "Ver las reuniones de un usuario",
    "meeting:read:local_recording_token": "Ver el token de acceso a una reunión para la grabación local",
  },
};

const pt: Texts = {
  connectTitle: (product) => `Conectar o Zoom a ${product}`,
  reconnectTitle: (product) => `Conectar novamente o Zoom a ${product}`,
  reconnectText: (product) =>
    `A conexão entre o Zoom e ${product} precisa ser renovada. Entre no Zoom com a mesma conta de antes.`,
  asks: (product) => `${product} pede a sua permissão para:`,
  profile: "ver o seu perfil do Zoom, como o nome e o e-mail",
  capabilities: {
    is_local_recording_token_supported: "ver as suas reuniões e deixar um robô gravar as que você organiza",
    is_onbehalf_token_supported: "deixar um robô participar de reuniões em seu nome",
  },
  next: "O Zoom vai pedir que você entre e confirme. Você pode remover a permissão no Zoom a qualquer momento.",
  button: "Continuar no Zoom",
  tryAgain: "Tentar novamente",
  back: (product) => `Voltar para ${product}`,
  waitingTitle: "Quase pronto",
  waitingText:
    "O Zoom aceitou e estamos salvando a conexão. Isso leva um momento; a página continua sozinha.",
  missing: "Faltam estas permissões:",
  problems: {
    access_denied: {
      title: "Você recusou no Zoom",
      text: "Nada foi conectado. Se foi um engano, tente novamente e aceite.",
    },
    missing_scopes: {
      title: "Faltam algumas permissões",
      text: "O Zoom não concedeu todas as permissões necessárias. Tente novamente e aceite todas. Se o Zoom não as oferecer, talvez um administrador da sua conta do Zoom precise aprovar o aplicativo antes.",
    },
    user_not_active: {
      title: "O seu usuário do Zoom não está ativo",
      text: "Peça a um administrador da sua conta do Zoom que o ative e depois tente novamente.",
    },
    wrong_zoom_user: {
      title: "Este é outro usuário do Zoom",
      text: "Você entrou no Zoom com uma conta diferente da que estava conectada. Saia do Zoom e tente novamente com a conta certa.",
    },
    authorization_code_rejected: {
      title: "O Zoom não aceitou a entrada",
      text: "A resposta do Zoom era antiga demais ou já tinha sido usada. Tente novamente.",
    },
    zoom_app_credentials_invalid: {
      title: "A conexão com o Zoom não está configurada corretamente",
      text: "Você não pode resolver isso. Avise quem enviou você até aqui que o Zoom recusa o segredo do cliente do aplicativo.",
    },
    zoom_error: {
      title: "O Zoom deu uma resposta inesperada",
      text: "Espere um momento e tente novamente.",
    },
    zoom_rate_limited: {
      title: "O Zoom está ocupado",
      text: "O Zoom está limitando as solicitações. Espere um minuto e tente novamente.",
    },
    zoom_unavailable: {
      title: "Não foi possível contatar o Zoom",
      text: "Nada foi conectado. Espere um momento e tente novamente.",
    },
    zoom_timeout: {
      title: "O Zoom não respondeu a tempo",
      text: "Espere um momento e tente novamente.",
    },
    too_many: {
      title: "Muitas tentativas",
      text: "Tentativas demais falharam. Aguarde um minuto e abra o link novamente.",
    },
    database_unavailable: {
      title: "Não conseguimos acessar o nosso banco de dados",
      text: "Isso deve passar logo. A página tenta novamente sozinha.",
    },
    internal_error: {
      title: "Algo deu errado",
      text: "A falha é nossa e foi registrada. Espere um momento e tente novamente.",
    },
    link_unknown: {
      title: "Este link não funciona",
      text: "Talvez falte uma parte. Copie o link inteiro ou peça um novo onde você o obteve.",
    },
    link_expired: { title: "Este link expirou", text: "Peça um novo onde você o obteve." },
    link_used: {
      title: "O Zoom está conectado",
      text: "Este link já cumpriu a sua função. Você pode fechar esta página.",
    },
    link_paused: {
      title: "Este link não pode ser usado no momento",
      text: "O serviço está pausado. Nada foi alterado. Tente mais tarde ou pergunte onde você obteve o link.",
    },
    link_ended: {
      title: "Este link não está mais em uso",
      text: "Se ainda quiser conectar o Zoom, peça um novo onde você o obteve.",
    },
    other_browser: {
      title: "Não reconhecemos este navegador",
      text: "A resposta do Zoom pertence a outro navegador, demorou demais ou os cookies estão bloqueados. Nada foi alterado. Continue no navegador em que você começou ou abra o link novamente aqui.",
    },
    other_site: {
      title: "Use o botão da nossa página",
      text: "Este pedido veio de outro site, por isso nada foi feito. Abra o link novamente e use o botão que está lá.",
    },
  },
  scopes: {
    "user:read:user": "Ver um usuário",
    "user:read:zak": "Ver a chave de acesso do Zoom (ZAK) de um usuário",
    "user:read:token": "Ver o token de um usuário",
    "meeting:read:list_meetings": "Ver as reuniões de um usuário",
    "meeting:read:local_recording_token": "Ver o token de entrada em uma reunião para gravação local",
  },
};

const ja: Texts = {
  connectTitle: (product) => `Zoom を ${product} に接続`,
  reconnectTitle: (product) => `Zoom を ${product} に再接続`,
  reconnectText: (product) =>
    `Zoom と ${product} の接続を更新する必要があります。以前と同じアカウントで Zoom にサインインしてください。`,
  asks: (product) => `${product} は次の許可を求めています。`,
  profile: "名前やメールアドレスなど、Zoom のプロフィールの表示",
  capabilities: {
    is_local_recording_token_supported:
      "ミーティングの表示と、あなたが主催するミーティングのボットによる録画",
    is_onbehalf_token_supported: "あなたに代わってボットがミーティングに参加すること",
  },
  next: "次に Zoom でサインインと確認を求められます。許可は Zoom でいつでも取り消せます。",
  button: "Zoom に進む",
  tryAgain: "もう一度試す",
  back: (product) => `${product} に戻る`,
  waitingTitle: "まもなく完了します",
  waitingText:
    "Zoom の許可が得られ、接続を保存しています。しばらくお待ちください。ページは自動的に進みます。",
  missing: "次の権限が不足しています。",
  problems: {
    access_denied: {
      title: "Zoom で拒否されました",
      text: "何も接続されていません。間違えた場合は、もう一度試して許可してください。",
    },
    missing_scopes: {
      title: "権限が不足しています",
      text: "必要な権限の一部が Zoom で許可されませんでした。もう一度試して、すべて許可してください。Zoom に表示されない場合は、Zoom アカウントの管理者が先にアプリを承認する必要があるかもしれません。",
    },
    user_not_active: {
      title: "Zoom ユーザーが有効ではありません",
      text: "Zoom アカウントの管理者に有効化を依頼してから、もう一度試してください。",
    },
    wrong_zoom_user: {
      title: "別の Zoom ユーザーです",
      text: "以前に接続したものとは異なるアカウントで Zoom にサインインしました。Zoom からサインアウトし、正しいアカウントでもう一度試してください。",
    },
    authorization_code_rejected: {
      title: "Zoom がサインインを受け付けませんでした",
      text: "Zoom からの応答が古すぎるか、すでに使用されています。もう一度試してください。",
    },
    zoom_app_credentials_invalid: {
      title: "Zoom への接続が正しく設定されていません",
      text: "お客様側で対処できることはありません。このページを案内した提供元に、アプリのクライアントシークレットを Zoom が受け付けないことをお知らせください。",
    },
    zoom_error: {
      title: "Zoom から予期しない応答がありました",
      text: "しばらく待ってから、もう一度試してください。",
    },
    zoom_rate_limited: {
      title: "Zoom が混み合っています",
      text: "Zoom が現在リクエストを制限しています。1 分ほど待ってから、もう一度試してください。",
    },
    zoom_unavailable: {
      title: "Zoom に接続できません",
      text: "何も接続されていません。しばらく待ってから、もう一度試してください。",
    },
    zoom_timeout: {
      title: "Zoom から時間内に応答がありませんでした",
      text: "しばらく待ってから、もう一度試してください。",
    },
    too_many: {
      title: "試行回数が多すぎます",
      text: "失敗した試行が多すぎます。1 分ほど待ってから、もう一度リンクを開いてください。",
    },
    database_unavailable: {
      title: "データベースに接続できません",
      text: "まもなく回復する見込みです。ページは自動的に再試行します。",
    },
    internal_error: {
      title: "問題が発生しました",
      text: "当方の不具合で、記録されました。しばらく待ってから、もう一度試してください。",
    },
    link_unknown: {
      title: "このリンクは使用できません",
      text: "リンクの一部が欠けている可能性があります。リンク全体をコピーするか、入手元で新しいリンクを依頼してください。",
    },
    link_expired: {
      title: "このリンクは期限切れです",
      text: "入手元で新しいリンクを依頼してください。",
    },
    link_used: {
      title: "Zoom は接続されています",
      text: "このリンクの役目は終わりました。このページを閉じてかまいません。",
    },
    link_paused: {
      title: "このリンクは現在使用できません",
      text: "サービスは一時停止中です。何も変更されていません。後でもう一度お試しになるか、リンクの入手元にお問い合わせください。",
    },
    link_ended: {
      title: "このリンクは使用されなくなりました",
      text: "引き続き Zoom を接続したい場合は、入手元で新しいリンクを依頼してください。",
    },
    other_browser: {
      title: "このブラウザーを確認できません",
      text: "Zoom からの応答が別のブラウザーのものか、時間がかかりすぎたか、Cookie がブロックされています。何も変更されていません。開始したブラウザーで続けるか、ここでリンクをもう一度開いてください。",
    },
    other_site: {
      title: "このサービスのページのボタンを使用してください",
      text: "このリクエストは別のウェブサイトから送られたため、何も行われていません。リンクをもう一度開き、そのページのボタンを使用してください。",
    },
  },
  scopes: {
    "user:read:user": "ユーザーを表示",
    "user:read:zak": "ユーザーの Zoom アクセスキー（ZAK）を表示",
    "user:read:token": "ユーザーのトークンを表示",
    "meeting:read:list_meetings": "ユーザーのミーティングを表示",
    "meeting:read:local_recording_token": "ローカル録画用のミーティング参加トークンを表示",
  },
};

export const TEXTS: Record<Language, Texts> = { en, de, fr, es, pt, ja };
